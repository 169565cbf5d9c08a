import type { Problem } from '#contracts/http/problem';
import { columnNames, type Delimiter, delimiterOf, looseHeader, type Renames } from '#domain/feedback/csv';
import { CsvRows } from '#domain/feedback/csv-rows';
import type { FileFormat } from '#domain/feedback/detect';
import { LARGEST_MESSAGE } from '#domain/feedback/message';
import type { ModelRules } from '#domain/feedback/rules';
import { type FieldError, ProblemError } from '#platform/problem';

/** What is wrong with a file as a whole; another one may be better. */
export class FileProblem extends ProblemError {
  constructor(detail: string, errors?: FieldError[]) {
    super(400, 'Unusable file', detail, errors);
  }

  override toProblem(): Problem {
    return { ...super.toProblem(), code: 'unusable-file' };
  }
}

/** Columns that are probably misspelt, each with the feature that was meant: who sends the file says which it is. */
export class MisspeltColumns extends FileProblem {
  override toProblem(): Problem {
    return { ...super.toProblem(), code: 'misspelt-columns' };
  }
}

export interface Header {
  readonly columns: readonly string[];
  readonly delimiter: Delimiter;
}

/** The names in the first line that is not empty. */
export function readHeader(head: string, renames?: Renames): Header {
  const lines = head.split(/\r\n|\n|\r/);
  const delimiter = delimiterOf(lines.find((line) => line.trim() !== '') ?? '');
  const rows = new CsvRows(LARGEST_MESSAGE, delimiter);
  for (const [i, text] of lines.entries())
    for (const row of rows.push({
      number: i + 1,
      text: i === 0 ? text.replace(/^\uFEFF/, '') : text,
      length: text.length,
    }))
      if (row.kind === 'row') return { columns: columnNames(row.cells, renames), delimiter };
      else if (row.kind === 'unclosed') return { columns: looseHeader(row.text, delimiter, renames), delimiter };
  return { columns: [], delimiter };
}

/** What to do about a file that does not tell its kind. */
export function guidance(columns: readonly string[], format: FileFormat, rules: ModelRules): string {
  const say = 'say what it is: kind=automation, shadow, dataset or historical (--kind of the import)';
  if (format !== 'csv') return `Its lines are none of an outcome log or a shadow log; ${say}.`;
  const there = columns.map((column) => `"${column}"`).join(', ');
  const label = rules.labelField === null ? '"url" and "type"' : `"${rules.labelField}" and one feature at least`;
  return `A dataset of ${rules.model} has the columns ${label}; there are ${there}. Name another model, or ${say}.`;
}
