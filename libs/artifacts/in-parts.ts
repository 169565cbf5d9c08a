/** Cuts what comes in pieces of any size into pieces of `bytes`, all but the last, which holds the rest. */
export async function* inParts(
  source: Iterable<unknown> | AsyncIterable<unknown>,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    let rest = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
    while (size + rest.length >= bytes) {
      const cut = bytes - size;
      yield Buffer.concat([...waiting, rest.subarray(0, cut)]);
      rest = rest.subarray(cut);
      waiting = [];
      size = 0;
    }
    if (rest.length > 0) {
      waiting.push(rest);
      size += rest.length;
    }
  }
  if (size > 0) yield Buffer.concat(waiting);
}
