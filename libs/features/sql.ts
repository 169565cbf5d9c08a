/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A number as an SQL literal that keeps every bit. */
export const doubleLiteral = (value: number): string => `'${value}'::double`;
