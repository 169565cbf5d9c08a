import { closestName } from '../rows/closest-name.js';
import type { FeedbackKind } from './record.js';
import type { ModelRules } from './rules.js';

/** A column that means nothing to a model, and the name that was probably meant. */
export interface UnknownColumn {
  readonly column: string;
  readonly closest: string | null;
}

/** What is asked about a column that is probably a misspelt feature. */
export const misspeltColumn = (model: string, column: string, meant: string): string =>
  `column "${column}" is no feature of ${model}; did you mean "${meant}", which no column holds?`;

/** What a header says of the rows below it. */
export interface HeaderJudgement {
  readonly unknown: readonly UnknownColumn[];
  /** Features that no column holds. */
  readonly absent: readonly string[];
  /** Why no row can be taken, if that is so: a sentence, with what there is. */
  readonly useless: string | null;
}

/** Columns that a row may have beside features and answer; `domain` is in every exported dataset. */
const OWN = ['task_id', 'model', 'domain', 'status', 'type', 'url'];

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Each of these groups must have a column; one of a group is enough. */
function needed(kind: FeedbackKind, rules: ModelRules): string[][] {
  const label = rules.labelField?.toLowerCase();
  if (kind === 'shadow') return [['task_id'], ['rule_based_action'], ['task_result']];
  if (kind === 'automation')
    return [['task_id'], ...(label === undefined ? [['action_attempted'], ['result']] : [['label', label]])];
  return label === undefined ? [['url'], ['type']] : [[label, 'type']];
}

function whatIsMissing(kind: FeedbackKind, columns: readonly string[], rules: ModelRules): string | null {
  const missing = needed(kind, rules).find((group) => !group.some((name) => columns.includes(name)));
  const [name] = missing ?? [];
  if (name === undefined) return null;
  const closest = closestName(name, columns);
  const there = `There are ${quoted(columns)}`;
  return `There is no column "${name}", which ${rules.model} needs. ${there}${closest === null ? '.' : `; is it "${closest}"?`}`;
}

/** Judges the header of a CSV file for a model. @param columns as columnNames gives them */
export function judgeHeader(kind: FeedbackKind, columns: readonly string[], rules: ModelRules): HeaderJudgement {
  const named = columns.filter((column) => column !== '');
  const lacks = whatIsMissing(kind, named, rules);
  if (kind !== 'dataset') return { unknown: [], absent: [], useless: lacks };
  const answer = rules.labelField?.toLowerCase();
  const spelling = new Map([
    ...rules.spelling,
    ...rules.known.names.map((name) => [name.toLowerCase(), name] as const),
  ]);
  const means = (column: string): boolean => column === answer || OWN.includes(column) || spelling.has(column);
  const unknown = named
    .filter((column) => !means(column))
    .map((column) => {
      const closest = closestName(
        column,
        [...rules.known.fields].filter((name) => !named.includes(name.toLowerCase())),
      );
      return { column, closest };
    });
  const absent = rules.known.fields.filter((name) => !named.includes(name.toLowerCase()));
  const features = named.filter((column) => spelling.has(column));
  const useless =
    lacks ??
    (features.length === 0
      ? `None of its columns is a feature of ${rules.model}: there are ${quoted(named)}, and the features are ${rules.known.someNames()}.`
      : rules.strict && unknown[0]
        ? `${rules.model} is strict, and has no feature for the column "${unknown[0].column}"${unknown[0].closest === null ? '' : `; is it "${unknown[0].closest}"?`}`
        : null);
  return { unknown, absent, useless };
}
