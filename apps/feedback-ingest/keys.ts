export { KAFKA, LOGGER, MODEL_DEFINITIONS, POOL } from '#backbone/keys';

/** Injection key of how a record of a model is read. */
export const FEEDBACK_RULES = Symbol('FEEDBACK_RULES');
