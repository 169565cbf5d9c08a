/** What rows can be told apart by: the words that a row has of it. */
export interface Facet<Row> {
  readonly name: string;
  /** Before a choice: what all of them are, like "Every state". */
  readonly all: string;
  readonly of: (row: Row) => string | null | readonly string[];
}

/** The name of what is typed, beside those of the facets. */
export const FIND = 'find';

const wordsOf = <Row>(facet: Facet<Row>, row: Row): readonly string[] => {
  const found = facet.of(row);
  return typeof found === 'string' ? [found] : (found ?? []);
};

/** The words there are to choose from, the chosen one among them even if no row has it any more. */
export function choices<Row>(rows: readonly Row[], facet: Facet<Row>, chosen: string | undefined): string[] {
  const all = new Set(rows.flatMap((row) => wordsOf(facet, row)));
  if (chosen !== undefined) all.add(chosen);
  return [...all].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The rows that have every chosen word, and in whose text every word that was typed stands. */
export function filtered<Row>(
  rows: readonly Row[],
  facets: readonly Facet<Row>[],
  text: (row: Row) => string,
  chosen: ReadonlyMap<string, string>,
): readonly Row[] {
  const typed = (chosen.get(FIND) ?? '').toLowerCase().split(/\s+/);
  const asked = facets.filter(({ name }) => chosen.has(name));
  return rows.filter((row) => {
    if (!asked.every((facet) => wordsOf(facet, row).includes(chosen.get(facet.name) ?? ''))) return false;
    const words = text(row).toLowerCase();
    return typed.every((word) => words.includes(word));
  });
}
