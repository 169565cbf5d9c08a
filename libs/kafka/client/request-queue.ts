/** kafkajs's queue of the requests of one connection, as far as it is changed here. */
interface RequestQueue {
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
  /** When the broker wants the next request; -1 when it did not say. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  isConnected(): boolean;
  destroy(): void;
  push(request: { readonly entry: { readonly correlationId: number } }): void;
  fulfillRequest(answer: { readonly correlationId: number; readonly payload: Buffer; readonly size: number }): void;
  maybeThrottle(milliseconds: number): void;
}
export type RequestQueueClass = new (...options: unknown[]) => RequestQueue;

/** An answer sends what waits for a place; this is for when none comes. */
const CHECK_PENDING_MS = 10;
/** Time-outs are many seconds long. */
const CHECK_TIMEOUTS_MS = 1_000;

/**
 * kafkajs looks after requests that wait on a timer of zero milliseconds, whether any wait or not, on every connection for as long as
 * it is open; and ten times a second whether one took too long. This one looks when something waits, and once a second.
 */
export const quietRequestQueue = (Original: RequestQueueClass): RequestQueueClass =>
  class QuietRequestQueue extends Original {
    override scheduleCheckPendingRequests(): void {
      if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
      const throttledFor = this.throttledUntil - Date.now();
      this.throttleCheckTimeoutId = setTimeout(
        () => {
          this.throttleCheckTimeoutId = null;
          this.checkPendingRequests();
        },
        throttledFor > 0 ? throttledFor : CHECK_PENDING_MS,
      );
    }

    override scheduleRequestTimeoutCheck(): void {
      if (!this.enforceRequestTimeout) return;
      this.destroy();
      this.requestTimeoutIntervalId = setInterval(
        () => {
          for (const request of this.inflight.values())
            if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
          if (!this.isConnected()) this.destroy();
        },
        Math.min(this.requestTimeout, CHECK_TIMEOUTS_MS),
      );
    }
  };
