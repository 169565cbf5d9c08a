/** Nest tokens of what main.ts hands in. */
export const LOGGER = Symbol('LOGGER');
/** For heartbeats and acknowledgements; nothing large may stand before them. */
export const PRODUCER = Symbol('PRODUCER');
export const PREDICTION_PRODUCER = Symbol('PREDICTION_PRODUCER');
export const TRANSPORT = Symbol('TRANSPORT');
