export { CLOCK, type Clock, LOGGER, OUTBOX } from '#backbone/keys';

/** Injection keys of what only the evaluator has. */
export const EVALUATOR_CONFIG = Symbol('EVALUATOR_CONFIG');
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');
