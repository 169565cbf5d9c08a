export { KAFKA, LOGGER, MODEL_DEFINITIONS, POOL } from '#backbone/keys';

/** Injection key of how a record of a model is read. */
export const FEEDBACK_RULES = Symbol('FEEDBACK_RULES');
/** Injection key of what reads the topics that feedback comes from. */
export const READER = Symbol('READER');
