/** Injection tokens of what Nest cannot construct by itself. */
export const OUTBOX = Symbol('OUTBOX');
export const LOGGER = Symbol('LOGGER');
export const MODEL_DEFINITIONS = Symbol('MODEL_DEFINITIONS');
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');
/** The transport of the consumer group, which brings commands and acknowledgements. */
export const GROUP = Symbol('GROUP');

/** The broadcast transport, which knows whether Kafka answers. */
export const BROADCAST = Symbol('BROADCAST');
/** The second artifact store, for backups; null where there is none. */
export const BACKUP_STORE = Symbol('BACKUP_STORE');
