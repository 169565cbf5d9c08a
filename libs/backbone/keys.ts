/** Injection keys of what the backbone gives every module of a service, where no class is one. */

/** The service's log. */
export const LOGGER = Symbol('LOGGER');

/** What time it is. */
export const CLOCK = Symbol('CLOCK');
export type Clock = () => Date;

/** The Kafka client. */
export const KAFKA = Symbol('KAFKA');

/** The pool of Postgres connections; TypeORM's DataSource uses the same one. */
export const POOL = Symbol('POOL');

/** The Outbox of the service's schema. */
export const OUTBOX = Symbol('OUTBOX');

/** The model definitions by name. */
export const MODEL_DEFINITIONS = Symbol('MODEL_DEFINITIONS');
