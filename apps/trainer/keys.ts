export { CLOCK, type Clock, LOGGER } from '#backbone/keys';

/** Injection keys of what only the trainer has. */
export const TRAINER_CONFIG = Symbol('TRAINER_CONFIG');
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');
