import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes handed to the socket at once; small enough to interleave with other connections. */
const CHUNK = 256 * 1024;

/**
 * Writes rows with one COPY. Resolves when Postgres has taken all of them; a constraint that is violated, or a value it
 * cannot read, rejects and leaves none.
 *
 * @param target table and columns, like `feedback.events (event_id, model)`; never something from outside
 * @param rows rows in COPY's text format, each ended by a newline
 */
export async function copyRows(client: ClientBase, target: string, rows: string | Buffer): Promise<void> {
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN`));
  const bytes = typeof rows === 'string' ? Buffer.from(rows) : rows;
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('finish', resolve);
    let position = 0;
    const pump = (): void => {
      while (position < bytes.length) {
        const chunk = bytes.subarray(position, position + CHUNK);
        position += chunk.length;
        if (!stream.write(chunk)) {
          stream.once('drain', pump);
          return;
        }
      }
      stream.end();
    };
    pump();
  });
}
