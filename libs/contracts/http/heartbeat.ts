/** A stream of events says so often that it is still there, by a comment line. In a file of its own: the page ships no schemas. */
export const EVENTS_HEARTBEAT_MS = 10_000;
