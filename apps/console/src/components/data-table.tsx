import type { ReactNode } from 'react';

export interface Column<Row> {
  key: string;
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, digit under digit. */
  number?: boolean;
  /** 1 is always shown, 2 from tablet width, 3 from desktop width. */
  from?: 1 | 2 | 3;
  /** Takes what room is left and may wrap. */
  wide?: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** A whole row under a row. */
  below?: (row: Row) => ReactNode;
  marked?: (row: Row) => boolean;
}

/** A real table: every cell belongs to a header, and what does not fit scrolls inside. */
export function DataTable<Row>({ caption, columns, rows, keyOf, below, marked }: DataTableProps<Row>) {
  const classOf = ({ number, from = 1, wide }: Column<Row>): string =>
    `${number === true ? 'number' : ''} from-${from} ${wide === true ? 'wide' : ''}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={classOf(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const more = below?.(row) ?? null;
            return [
              <tr key={keyOf(row)} className={`${marked?.(row) ? 'marked' : ''} ${more === null ? '' : 'has-more'}`}>
                {columns.map((column) => (
                  <td key={column.key} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>,
              more !== null && (
                <tr key={`${keyOf(row)} more`} className="more">
                  <td colSpan={columns.length}>{more}</td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </section>
  );
}
