import { Document } from '../reading/document.js';
import type { FileCategories } from '../reading/model-reading.js';

/**
 * The names behind the codes of categorical columns, which XGBoost keeps since 3.1: per column a list of numbers, or of
 * texts laid end to end. Texts that are not ASCII are cut in the wrong places by 3.1 and 3.2; those columns are left out, as
 * nothing can be compared with them.
 */
export function xgboostCategories(forest: Document): FileCategories | null {
  if (!forest.has('cats')) return null;
  const entries = forest.object('cats', null).list('enc');
  const lists: string[][] = [];
  const columns: number[] = [];
  entries.forEach((entry, column) => {
    const names = namesOf(Document.of(entry, `cats.enc[${column}]`, null));
    if (names === null || names.length === 0) return;
    lists.push(names);
    columns.push(column);
  });
  return lists.length === 0 ? null : { lists, columns };
}

function namesOf(entry: Document): string[] | null {
  const values = entry.numbers('values');
  if (!entry.has('offsets')) return Array.from(values, String);
  const offsets = entry.numbers('offsets');
  if (Array.from(values).some((byte) => byte < 0 || byte > 127)) return null;
  if ((offsets[offsets.length - 1] ?? 0) !== values.length) return null;
  const text = Buffer.from(Array.from(values)).toString('latin1');
  return Array.from({ length: Math.max(0, offsets.length - 1) }, (_, i) => text.slice(offsets[i], offsets[i + 1]));
}
