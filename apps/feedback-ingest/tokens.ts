/** What the module provides that is not a class of its own. */
export const FEEDBACK_RULES = Symbol('FEEDBACK_RULES');
export const LOGGER = Symbol('LOGGER');
export const POOL = Symbol('POOL');
