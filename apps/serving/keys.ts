import type { KafkaTransport } from '#kafka/transport';

export { LOGGER } from '#backbone/keys';

/** Injection keys of what main.ts hands in. */
/** For heartbeats and acknowledgements; nothing large may stand before them. */
export const PRODUCER = Symbol('PRODUCER');
export const TRANSPORT = Symbol('TRANSPORT');

/** Where the desired state comes from. */
export type ServingTransport = Pick<KafkaTransport, 'caughtUp' | 'health' | 'deafSince'>;
