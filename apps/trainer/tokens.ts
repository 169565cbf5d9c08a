/** Injection tokens of what Nest cannot construct by itself. */
export const TRAINER_CONFIG = Symbol('TRAINER_CONFIG');
export const LOGGER = Symbol('LOGGER');
export const CLOCK = Symbol('CLOCK');
export const PRODUCER = Symbol('PRODUCER');
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');

/** What time it is. */
export type Clock = () => Date;
