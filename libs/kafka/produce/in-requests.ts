/**
 * What one request to the broker carries at most, in bytes before compression. A broker takes batches of 1 MiB unless told
 * otherwise (`message.max.bytes`), and what does not compress must fit as well.
 */
export const REQUEST_BYTES = 900 * 1024;

/** Parts, in order, of at most `limit` bytes each; what is larger stands alone. */
export function* inRequests<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  limit = REQUEST_BYTES,
): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (part.length > 0 && bytes + size > limit) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
