/** Injection tokens of what Nest cannot construct by itself. */
export const EVALUATOR_CONFIG = Symbol('EVALUATOR_CONFIG');
export const LOGGER = Symbol('LOGGER');
export const ARTIFACT_STORE = Symbol('ARTIFACT_STORE');
export const OUTBOX = Symbol('OUTBOX');
export const CLOCK = Symbol('CLOCK');

/** What time it is. */
export type Clock = () => Date;
