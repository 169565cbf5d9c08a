import { type ReactNode, useId } from 'react';
import { useFilters } from '../routing/use-filters.js';
import { choices, type Facet, FIND, filtered } from '../state/filtered.js';
import { Button } from './button.js';

interface FilteredProps<Row> {
  /** Its name in the address; unique on its page. */
  table: string;
  /** What the rows are called, like "versions". */
  what: string;
  rows: readonly Row[];
  facets: readonly Facet<Row>[];
  /** What typed words are looked for in. */
  text: (row: Row) => string;
  children: (rows: readonly Row[]) => ReactNode;
}

/** Fewer than these are seen at once. */
const WORTH_IT = 4;

/** Lets the reader choose which rows to see; what was chosen stands in the address. */
export function Filtered<Row>({ table, what, rows, facets, text, children }: FilteredProps<Row>) {
  const { chosen, choose, clear } = useFilters(table);
  const field = useId();
  if (rows.length < WORTH_IT && chosen.size === 0) return children(rows);
  const shown = filtered(rows, facets, text, chosen);
  return (
    <>
      <search className="filters">
        <label htmlFor={field} className="visually-hidden">
          Find {what}
        </label>
        <input
          id={field}
          type="search"
          className="select"
          maxLength={100}
          placeholder={`Find ${what}`}
          value={chosen.get(FIND) ?? ''}
          onChange={(event) => choose(FIND, event.target.value)}
        />
        {facets.map((facet) => {
          const value = chosen.get(facet.name);
          const words = choices(rows, facet, value);
          return words.length < 2 && value === undefined ? null : (
            <select
              key={facet.name}
              className="select"
              aria-label={facet.all}
              value={value ?? ''}
              onChange={(event) => choose(facet.name, event.target.value)}
            >
              <option value="">{facet.all}</option>
              {words.map((word) => (
                <option key={word}>{word}</option>
              ))}
            </select>
          );
        })}
        {chosen.size > 0 && (
          <>
            <span className="muted small" role="status">
              {shown.length} of {rows.length} {what}
            </span>
            <Button small kind="quiet" onClick={clear}>
              Show all
            </Button>
          </>
        )}
      </search>
      {shown.length === 0 ? <p className="card-note muted">None of the {what} is like that.</p> : children(shown)}
    </>
  );
}
