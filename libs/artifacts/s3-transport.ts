import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BusyError, isBusy, SilenceError } from './s3-errors.js';

/** Connections of one store, used again from one request to the next. */
export const connections = (secure: boolean): HttpAgent =>
  secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

type Answered = (response: IncomingMessage) => void;

/**
 * Node's `request` for the S3 client, which itself waits for ever: a request fails when no byte has moved for
 * `silenceMs`, before the answer or in the middle of it, when the server says that it is busy, and when `signal` is
 * aborted.
 */
export function watchedTransport(
  secure: boolean,
  silenceMs: number,
  signal: AbortSignal,
): { request: typeof httpRequest } {
  const start = secure ? httpsRequest : httpRequest;
  const request = (options: RequestOptions | string | URL, answered?: Answered | RequestOptions): ClientRequest => {
    if (typeof options === 'string' || options instanceof URL || typeof answered !== 'function')
      throw new Error('expected options and a callback, as the S3 client passes them');
    let answer: IncomingMessage | null = null;
    const sent = start({ ...options, timeout: silenceMs, signal }, (response) => {
      answer = response;
      if (!isBusy(response.statusCode)) return answered(response);
      response.resume();
      sent.emit('error', new BusyError(response.statusCode ?? 0));
    });
    sent.on('timeout', () => (answer ?? sent).destroy(new SilenceError(silenceMs)));
    return sent;
  };
  return { request };
}
