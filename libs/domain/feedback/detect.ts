import { delimiterOf, kindOfHeader, looseHeader, type Renames } from './csv.js';
import { isObject } from './fields.js';
import type { FeedbackKind } from './record.js';
import type { ModelRules } from './rules.js';

/** How a file is written down. `json` is one document whose records are in an array. */
export type FileFormat = 'jsonl' | 'csv' | 'json';

export interface Detected {
  readonly format: FileFormat;
  /** Null where the content does not tell. */
  readonly kind: FeedbackKind | null;
}

const LINES_LOOKED_AT = 50;

function kindOfObject(value: unknown): FeedbackKind | null {
  if (!isObject(value)) return null;
  if ('rule_based_action' in value || 'task_result' in value) return 'shadow';
  if ('action_attempted' in value) return 'automation';
  if (isObject(value.task)) return 'historical';
  if ('task_id' in value && ('result' in value || 'label' in value)) return 'automation';
  return 'url' in value && 'type' in value ? 'dataset' : null;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Format and kind of a file from its first bytes. A saved reply of the historical API is one document; logs are a
 * JSON object a line, of which the first may well be broken; everything else is taken for CSV.
 *
 * @param head the first kilobytes as text
 * @param rules of the model that the file is for, if that is known
 * @param renames of a CSV's columns
 */
export function detect(head: string, rules?: ModelRules, renames?: Renames): Detected {
  const text = head.replace(/^\uFEFF/, '').trimStart();
  if (text.startsWith('[') || /^\{\s*(?:"\w+"\s*:\s*(?:true|false|null|\d+|"[^"]*")\s*,\s*)*"data"\s*:\s*\[/.test(text))
    return { format: 'json', kind: 'historical' };
  const lines = text.split(/\r?\n/, LINES_LOOKED_AT).filter((line) => line.trim() !== '');
  if (text.startsWith('{') || lines.some((line) => isObject(parsed(line)))) {
    for (const line of lines) {
      const kind = kindOfObject(parsed(line));
      if (kind !== null) return { format: 'jsonl', kind };
    }
    return { format: 'jsonl', kind: null };
  }
  const header = lines[0] ?? '';
  const columns = looseHeader(header, delimiterOf(header), renames);
  return { format: 'csv', kind: kindOfHeader(columns, rules) };
}
