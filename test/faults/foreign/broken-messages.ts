import fc from 'fast-check';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const lines = (fields: Record<string, unknown>, more: string): Buffer =>
  Buffer.from(JSON.stringify(fields).replace('{', `{${more},`));

/** Ways to break a message so that its topic cannot take it, from what would have been a valid one. */
const WAYS: readonly ((fields: Record<string, unknown>, seed: Uint8Array, n: number) => Buffer | null)[] = [
  () => null,
  () => Buffer.alloc(0),
  (_, seed) => Buffer.concat([Buffer.from('{'), seed]),
  (fields, _, n) => Buffer.from(JSON.stringify(fields)).subarray(0, 1 + (n % 9)),
  (fields) => Buffer.concat([Buffer.from(JSON.stringify(fields)), Buffer.from([0xff, 0xfe])]),
  (fields) => Buffer.from(JSON.stringify([fields])),
  (_, __, n) => Buffer.from(JSON.stringify(n % 2 ? n : String(n))),
  (fields, _, n) => lines(fields, `"x":${nested(33 + n * 20)}`),
  (fields) => lines(fields, '"x":1e400'),
  (fields) => lines(fields, '"x":"a\\u0000b"'),
  (fields) => lines(fields, '"a\\u0000b":1'),
  (fields) => lines(fields, '"x":["\\ud800"]'),
  (fields, _, n) => {
    // A field that has to be there is not, or is of another kind than it is.
    const names = ['action_attempted', 'rule_based_action', 'request_id', 'run_id', 'episode_id', 'instance'];
    const name = [...names, 'reason', 'model'].find((each) => each in fields) ?? 'reason';
    return Buffer.from(JSON.stringify({ ...fields, [name]: [undefined, null, n, [], {}][n % 5] }));
  },
];

/** The value of a broken message; the valid one that it was made of comes from elsewhere. */
export const brokenValue = (fields: Record<string, unknown>): fc.Arbitrary<Buffer | null> =>
  fc
    .tuple(fc.nat(WAYS.length - 1), fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(999))
    .map(([way, seed, n]) => WAYS[way]?.(fields, seed, n) ?? null);

const bytes = fc.uint8Array({ maxLength: 24 }).map((each) => Buffer.from(each));
const headerName = fc.oneof(
  fc.constantFrom('trace', 'ce_source', 'ce_time', 'ce_type', 'traceparent', '__proto__', 'constructor', ''),
  fc.string({ maxLength: 10, unit: 'binary' }),
);
const headerValue = fc.oneof(bytes, fc.constant(null), fc.constant(Buffer.from('a\0b')));

/** Headers as Kafka allows them: without a value, several of one name, bytes that are no text. */
export const foreignHeaders = fc
  .array(fc.tuple(headerName, fc.oneof(headerValue, fc.array(headerValue, { minLength: 1, maxLength: 3 }))), {
    maxLength: 4,
  })
  .map((pairs): Record<string, Buffer | null | (Buffer | null)[]> => {
    const headers: Record<string, Buffer | null | (Buffer | null)[]> = Object.create(null);
    // The content type decides how a value is read, and is not for chance here.
    for (const [name, value] of pairs) if (name !== 'content-type' && name !== 'ce_id') headers[name] = value;
    return headers;
  });
