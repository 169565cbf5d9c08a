type HeaderValue = Buffer | string | null;

/** A message as it came off the wire. */
export interface RawMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** A header may have no value, bytes that are no text, or several values. */
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
  /** Milliseconds since 1970, as the broker or the producer put it. */
  readonly timestamp: string;
  /** Why the batch that came at this place could not be read; then `value` is all of the batch. */
  readonly undecodable?: string;
}

/** One header as it was: names of several values stand several times. */
export interface RawHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

const isList = (value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] => Array.isArray(value);

/** The first value of a header as text; null where it is missing or has none. */
export function headerOf(headers: RawMessage['headers'], name: string): string | null {
  const value = headers[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  const first = isList(value) ? value[0] : value;
  return first === undefined || first === null ? null : first.toString();
}

/** All headers, byte for byte. */
export function rawHeaders(headers: RawMessage['headers']): RawHeader[] {
  const all: RawHeader[] = [];
  for (const [name, values] of Object.entries(headers)) {
    if (values === undefined) continue;
    for (const value of values !== null && isList(values) ? values : [values])
      all.push({ name, value: typeof value === 'string' ? Buffer.from(value) : value });
  }
  return all;
}

/** What {@link rawHeaders} took apart, as a producer wants it. */
export function joinHeaders(headers: readonly RawHeader[]): Record<string, Buffer | null | (Buffer | null)[]> {
  const joined: Record<string, Buffer | null | (Buffer | null)[]> = Object.create(null);
  for (const { name, value } of headers) {
    const earlier = joined[name];
    if (earlier === undefined) joined[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else joined[name] = [earlier, value];
  }
  return joined;
}
