export type Cell = string | number | boolean | null;

/** What spreadsheets take for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Text that no spreadsheet executes: a quote stands before what it would take for a formula. A number stays one. */
const defused = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** A value as a CSV cell (RFC 4180); booleans are 1 and 0, as the dataset has them. `raw` leaves formulas as they are. */
export function csvCell(value: Cell, { raw = false }: { readonly raw?: boolean } = {}): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = raw || typeof value === 'number' ? String(value) : defused(value);
  // OWASP asks for the quotes, too: a separator of another locale must not end the cell.
  return /[",\r\n]/.test(text) || text !== String(value) ? `"${text.replaceAll('"', '""')}"` : text;
}
