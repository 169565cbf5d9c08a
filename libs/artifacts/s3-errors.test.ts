import { S3Error } from 'minio';
import { describe, expect, it } from 'vitest';
import { BusyError, explain, isMissing, SilenceError, tries } from './s3-errors.js';

const place = { endpoint: 'http://s3:9000', bucket: 'models', region: 'eu-west-1' };

const answered = (code: string): Error => Object.assign(new S3Error(`${code} it was`), { code });
const socket = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

describe('explain', () => {
  it.each<[string, Error, string[]]>([
    ['an unknown key', answered('InvalidAccessKeyId'), ['S3_ACCESS_KEY', 'http://s3:9000']],
    ['a wrong secret', answered('SignatureDoesNotMatch'), ['S3_SECRET_KEY']],
    ['a refusal', answered('AccessDenied'), ['S3_ACCESS_KEY', 'S3_SECRET_KEY', 'models']],
    ['a missing bucket', answered('NoSuchBucket'), ['ARTIFACTS_URL', 'models']],
    ['another region', answered('AuthorizationHeaderMalformed'), ['S3_REGION', 'eu-west-1', 'it was']],
    ['a wrong clock', answered('RequestTimeTooSkewed'), ['clock']],
    ['nobody there', socket('ECONNREFUSED'), ['S3_ENDPOINT', 'cannot be reached', 'http://s3:9000']],
    ['an unknown host', socket('ENOTFOUND'), ['S3_ENDPOINT', 'cannot be reached']],
    ['silence', new SilenceError(2500), ['S3_ENDPOINT', '2.5 s', 'S3_TIMEOUT_SECONDS']],
    ['an overloaded server', new BusyError(503), ['S3_ENDPOINT', 'status 503']],
    ['anything else', answered('EntityTooLarge'), ['S3_ENDPOINT', 'EntityTooLarge it was']],
  ])('names the setting to look at for %s', (_, error, words) => {
    const sentence = explain(error, place);
    for (const word of words) expect(sentence).toContain(word);
  });
});

describe('tries', () => {
  it.each<[Error, number]>([
    [new SilenceError(1), 2],
    [new BusyError(503), 4],
    [answered('SlowDown'), 4],
    [answered('InternalError'), 4],
    [socket('ECONNRESET'), 4],
    [socket('ECONNREFUSED'), 4],
    [socket('EPIPE'), 4],
    [answered('AccessDenied'), 1],
    [answered('NoSuchKey'), 1],
    [answered('NoSuchBucket'), 1],
    [answered('SignatureDoesNotMatch'), 1],
    [socket('ENOTFOUND'), 1],
    [socket('CERT_HAS_EXPIRED'), 1],
    [new TypeError('a mistake of ours'), 1],
  ])('%s: %i', (error, expected) => expect(tries(error)).toBe(expected));
});

describe('isMissing', () => {
  it.each([
    [answered('NoSuchKey'), true],
    [answered('NotFound'), true],
    [answered('NoSuchBucket'), false],
    [socket('ENOTFOUND'), false],
  ])('%s: %s', (error, expected) => expect(isMissing(error)).toBe(expected));
});
