import { once } from 'node:events';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes handed to the socket at once; small enough to interleave with other connections. */
const CHUNK = 256 * 1024;
/** UTF-8 takes at most three bytes for what JavaScript counts as one. */
const BYTES_PER_UNIT = 3;

/**
 * Packs rows into buffers. A row is written out as soon as it is there, so that the text of a batch never stands in the
 * heap as a whole, where the garbage collector would have to carry it about.
 */
function* packed(rows: Iterable<string>): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let length = 0;
  for (const row of rows) {
    const most = row.length * BYTES_PER_UNIT;
    if (length + most > chunk.length) {
      if (length > 0) yield chunk.subarray(0, length);
      chunk = Buffer.allocUnsafe(Math.max(CHUNK, most));
      length = 0;
    }
    length += chunk.write(row, length);
  }
  if (length > 0) yield chunk.subarray(0, length);
}

/**
 * Writes rows with one COPY. Resolves when Postgres has taken all of them; a constraint that is violated, or a value it
 * cannot read, rejects and leaves none.
 *
 * @param target table and columns, like `feedback.events (event_id, model)`; never something from outside
 * @param rows rows in COPY's text format, each ended by a newline
 */
export async function copyRows(client: ClientBase, target: string, rows: Iterable<string>): Promise<void> {
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN`));
  const failure = { error: null as unknown };
  stream.once('error', (error: unknown) => {
    failure.error = error;
  });
  const finished = once(stream, 'finish');
  // Whoever waits for it sees the error; nobody may be waiting yet.
  finished.catch(() => {});
  for (const chunk of packed(rows)) {
    if (failure.error !== null) break;
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), finished]);
  }
  if (failure.error === null) stream.end();
  await finished;
}
