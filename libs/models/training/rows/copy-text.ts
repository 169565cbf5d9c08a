import { literal } from '#features/sql';
import { SNAPSHOT_COLUMNS } from './snapshot-columns.js';

/**
 * PostgreSQL's text format of COPY (https://www.postgresql.org/docs/current/sql-copy.html): a line a row, a tab between
 * fields, \N for null, and a backslash before what would be mistaken for those. Cheaper than CSV to write and to read, as
 * JSON is full of quotes and hardly has a backslash.
 */

/** Bytes that a thread reads at once; the default of 32 MB is memory that sorting can use better. */
const BUFFER = 8_000_000;

/** Escapes that COPY writes, but for that of the backslash itself, and the code of what each stands for. */
const ESCAPES = { b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 } as const;
/** Stands for an escaped backslash while the others are replaced: no text in PostgreSQL holds it. */
const NOWHERE = 'chr(0)';

function unescapedSql(text: string): string {
  const backslash = `replace(${text}, ${literal('\\\\')}, ${NOWHERE})`;
  const others = Object.entries(ESCAPES).reduce(
    (sql, [letter, code]) => `replace(${sql}, ${literal(`\\${letter}`)}, chr(${code}))`,
    backslash,
  );
  return `case when contains(${text}, ${literal('\\')}) then replace(${others}, ${NOWHERE}, ${literal('\\')}) else ${text} end`;
}

/** SQL of the rows in files that COPY wrote, in the columns of a snapshot. */
export function copiedRowsSql(files: readonly string[]): string {
  const columns = Object.entries(SNAPSHOT_COLUMNS);
  const types = columns.map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  const values = columns.map(([name, type]) => (type === 'VARCHAR' ? `${unescapedSql(name)} as ${name}` : name));
  return `select ${values.join(', ')} from read_csv([${files.map(literal).join(', ')}], header = false, auto_detect = false, buffer_size = ${BUFFER},
    delim = ${literal('\t')}, quote = '', escape = '', nullstr = ${literal('\\N')}, columns = {${types.join(', ')}})`;
}
