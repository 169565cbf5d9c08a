import { readText } from '#features/coercion';
import { ModelFormatError } from '../evaluator.js';
import type { FileCategories } from '../reading/model-reading.js';

/** What `feature_infos` has for a categorical column: its codes. A numeric one has "[lowest:highest]", a constant "none". */
const CODES = /^-?\d+(?::-?\d+)*$/;

/**
 * The categories of a data frame's categorical columns, which Python puts behind the model: a list per column of the dtype
 * "category", in their order. Which columns those are it does not say; where as many columns are categorical to the model, it
 * is those.
 *
 * @param text of pandas_categorical, a character a byte
 */
export function lightgbmCategories(text: string | null, infos: readonly string[]): FileCategories | null {
  if (text === null || text === 'null' || text === '[]') return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
  } catch {
    throw new ModelFormatError('pandas_categorical is no JSON; the file is damaged or cut off');
  }
  if (!Array.isArray(parsed) || !parsed.every(Array.isArray))
    throw new ModelFormatError('pandas_categorical is no list of lists; the file is damaged');
  const lists = parsed.map((list: unknown[]) => list.map((value) => readText(value) ?? ''));
  const columns = infos.flatMap((info, column) => (CODES.test(info) ? [column] : []));
  return { lists, columns: columns.length === lists.length ? columns : null };
}
