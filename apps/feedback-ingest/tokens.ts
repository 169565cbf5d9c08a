/** What the module provides that is not a class of its own. */
/** The model definitions by name. */
export const DEFINITIONS = Symbol('DEFINITIONS');
export const FEEDBACK_RULES = Symbol('FEEDBACK_RULES');
export const KAFKA = Symbol('KAFKA');
export const LOGGER = Symbol('LOGGER');
export const POOL = Symbol('POOL');
/** The FeedbackStore that Kafka's batches go through. */
export const STREAM_STORE = Symbol('STREAM_STORE');
