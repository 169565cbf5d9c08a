import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads queries that stand in files of their own, one query a file: `const sql = sqlIn(import.meta.dirname)`, then
 * `sql('fold-batches')` for `fold-batches.sql` beside the caller. Read when a module is loaded, so that a service whose
 * file is missing does not start.
 */
export const sqlIn =
  (folder: string) =>
  (name: string): string =>
    readFileSync(join(folder, 'sql', `${name}.sql`), 'utf8');
