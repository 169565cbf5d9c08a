import { type ReactNode, useState } from 'react';

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
  /** What rows are sorted by where the reader asks for it; rows without it come last. */
  sort?: (row: Row) => string | number | null | undefined;
}

interface Order {
  key: string;
  down: boolean;
}

/** As they came, unless another order is asked for. */
function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null): readonly Row[] {
  const by = columns.find(({ key }) => key === order?.key)?.sort;
  if (by === undefined || order === null) return rows;
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true });
  return rows.toSorted((left, right) => {
    const [a, b] = [by(left) ?? null, by(right) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return order.down ? compare(b, a) : compare(a, b);
  });
}

/** Down first, as one looks for the most; then up; then as it was. */
const nextOrder = (key: string, order: Order | null): Order | null =>
  order?.key !== key ? { key, down: true } : order.down ? { key, down: false } : null;

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
  const [order, setOrder] = useState<Order | null>(null);
  const direction = (key: string) => (order?.key !== key ? 'none' : order.down ? 'descending' : 'ascending');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={classOf(column)}
                aria-sort={column.sort && direction(column.key)}
              >
                {column.sort === undefined ? (
                  column.head
                ) : (
                  <button
                    type="button"
                    className="sort"
                    onClick={() => setOrder(nextOrder(column.key, order))}
                    data-order={direction(column.key)}
                  >
                    {column.head}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map((row) => {
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
