const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** A row as PostgreSQL's COPY writes it in its text format. */
export const copyLine = (fields: readonly (string | null)[]): string =>
  `${fields.map((field) => field?.replaceAll(/[\\\b\t\n\v\f\r]/g, (character) => ESCAPED[character] ?? '') ?? '\\N').join('\t')}\n`;
