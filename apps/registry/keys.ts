export { LOGGER, MODEL_DEFINITIONS, OUTBOX } from '#backbone/keys';

/** Injection keys of what only the registry has. */
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');
/** The second artifact store, for backups; null where there is none. */
export const BACKUP_STORE = Symbol('BACKUP_STORE');
/** The transport of the consumer group, which brings commands and acknowledgements. */
export const GROUP = Symbol('GROUP');
/** The broadcast transport, which knows whether Kafka answers. */
export const BROADCAST = Symbol('BROADCAST');
