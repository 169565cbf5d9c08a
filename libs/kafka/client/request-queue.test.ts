import { createRequire } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { quietRequestQueue, type RequestQueueClass } from './request-queue.js';

const require = createRequire(import.meta.url);
const Original: RequestQueueClass = require('kafkajs/src/network/requestQueue');
const Queue = quietRequestQueue(Original);

const logger = { debug: () => {}, namespace: () => logger };
const queue = (): InstanceType<RequestQueueClass> =>
  new Queue({
    instrumentationEmitter: null,
    maxInFlightRequests: 1,
    requestTimeout: 15_000,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'localhost:9092',
    logger,
    isConnected: () => true,
  });
const request = (correlationId: number, sent: number[]) => ({
  entry: { correlationId, apiKey: 3, apiVersion: 0, apiName: 'Metadata', resolve: () => {}, reject: () => {} },
  expectResponse: true,
  sendRequest: () => sent.push(correlationId),
});

describe('the queue of a connection’s requests', () => {
  it('sets no timer while nothing waits', () => {
    const idle = queue();
    idle.checkPendingRequests();
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  it('looks again after a request that had to wait', () => {
    vi.useFakeTimers();
    try {
      const sent: number[] = [];
      const busy = queue();
      busy.push(request(1, sent));
      busy.push(request(2, sent));
      expect(sent).toEqual([1]);
      busy.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
      vi.advanceTimersByTime(20);
      expect(sent).toEqual([1, 2]);
      busy.destroy();
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits as long as the broker asks for', () => {
    vi.useFakeTimers();
    try {
      const sent: number[] = [];
      const throttled = queue();
      throttled.maybeThrottle(500);
      throttled.push(request(1, sent));
      vi.advanceTimersByTime(400);
      expect(sent).toEqual([]);
      vi.advanceTimersByTime(200);
      expect(sent).toEqual([1]);
      throttled.destroy();
    } finally {
      vi.useRealTimers();
    }
  });
});
