import { once } from 'node:events';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes handed to the socket at once; small enough to interleave with other connections. */
const CHUNK = 256 * 1024;
/** The signature, no flags, no extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);

function* framed(rows: Iterable<Buffer>): Generator<Buffer> {
  yield HEADER;
  for (const bytes of rows) for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  yield TRAILER;
}

/**
 * Writes rows with one COPY. Resolves when Postgres has taken all of them; a constraint that is violated, or a value it
 * cannot read, rejects and leaves none.
 *
 * @param target table and columns, like `feedback.events (event_id, model)`; never something from outside
 * @param rows bytes of `BinaryRows`; they may be changed again once this resolves
 */
export async function copyRows(client: ClientBase, target: string, rows: Iterable<Buffer>): Promise<void> {
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN (FORMAT binary)`));
  const failure = { error: null as unknown };
  stream.once('error', (error: unknown) => {
    failure.error = error;
  });
  const finished = once(stream, 'finish');
  // Whoever waits for it sees the error; nobody may be waiting yet.
  finished.catch(() => {});
  for (const chunk of framed(rows)) {
    if (failure.error !== null) break;
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), finished]);
  }
  if (failure.error === null) stream.end();
  await finished;
}
