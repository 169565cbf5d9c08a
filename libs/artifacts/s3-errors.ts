import { S3Error } from 'minio';

/** Nothing came from the server, or nothing could be sent to it, for this long. */
export class SilenceError extends Error {
  constructor(milliseconds: number) {
    super(`it was silent for ${milliseconds / 1000} s (S3_TIMEOUT_SECONDS)`);
    this.name = 'SilenceError';
  }
}

/** The server answered that it cannot answer now. */
export class BusyError extends Error {
  constructor(readonly status: number) {
    super(`it answered with status ${status}`);
    this.name = 'BusyError';
  }
}

/** Who was asked, for a message. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
}

/** Statuses that speak of the moment, not of the request. */
const BUSY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
export const isBusy = (status: number | undefined): boolean => status !== undefined && BUSY_STATUSES.has(status);

const PASSING_S3_CODES = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
]);
const PASSING_SOCKET_CODES = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENETUNREACH']);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/**
 * How often a request is made in all that ends like this. What breaks at once is tried for about two seconds: a
 * connection kept from the last request may be long dead, too. Silence costs its full time, so it is tried twice only.
 */
export function tries(error: unknown): number {
  if (error instanceof SilenceError) return 2;
  if (error instanceof BusyError) return 4;
  return (error instanceof S3Error ? PASSING_S3_CODES : PASSING_SOCKET_CODES).has(codeOf(error)) ? 4 : 1;
}

/** Whether the server says that it has no such object; about a HEAD, it can say no more than "not found". */
export const isMissing = (error: unknown): boolean =>
  error instanceof S3Error && ['NoSuchKey', 'NotFound'].includes(codeOf(error));

/** What went wrong in a sentence that names the setting to look at. */
export function explain(error: unknown, { endpoint, bucket, region }: S3Place): string {
  const said = error instanceof Error ? error.message || error.name : String(error);
  switch (codeOf(error)) {
    case 'InvalidAccessKeyId':
      return `${endpoint} does not know the key in S3_ACCESS_KEY.`;
    case 'SignatureDoesNotMatch':
      return `${endpoint} refuses the signature: S3_SECRET_KEY is not the secret of S3_ACCESS_KEY.`;
    case 'AccessDenied':
      return `${endpoint} denies access to the bucket ${bucket}: S3_ACCESS_KEY or S3_SECRET_KEY is wrong, or that key lacks the right to do this.`;
    case 'NoSuchBucket':
      return `${endpoint} has no bucket ${bucket}: create it, or correct ARTIFACTS_URL.`;
    case 'AuthorizationHeaderMalformed':
    case 'MovedPermanently':
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
      return `${endpoint} does not serve the bucket ${bucket} from the region ${region}: correct S3_REGION or S3_ENDPOINT. It said: ${said}`;
    case 'RequestTimeTooSkewed':
      return `${endpoint} refuses the time of the request: the clock of this machine is wrong.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `${endpoint} (S3_ENDPOINT) cannot be reached: ${said}`;
    default:
      return `${endpoint} (S3_ENDPOINT) did not do what was asked: ${said}`;
  }
}
