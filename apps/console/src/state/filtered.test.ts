import { describe, expect, it } from 'vitest';
import { choices, type Facet, filtered } from './filtered.js';

interface Row {
  name: string;
  state: string | null;
  tags: readonly string[];
}

const rows: readonly Row[] = [
  { name: 'v1.2.0', state: 'live', tags: ['owner=ada'] },
  { name: 'v1.10.0', state: 'rejected', tags: ['owner=bob', 'team=Links'] },
  { name: 'v1.3.0', state: null, tags: [] },
];
const state: Facet<Row> = { name: 'state', all: 'Every state', of: (row) => row.state };
const tag: Facet<Row> = { name: 'tag', all: 'Every tag', of: (row) => row.tags };
const text = ({ name, tags }: Row) => [name, ...tags].join(' ');

const names = (chosen: Record<string, string>) =>
  filtered(rows, [state, tag], text, new Map(Object.entries(chosen))).map(({ name }) => name);

describe('filters', () => {
  it.each([
    [{}, ['v1.2.0', 'v1.10.0', 'v1.3.0']],
    [{ state: 'live' }, ['v1.2.0']],
    [{ tag: 'team=Links' }, ['v1.10.0']],
    [{ find: 'LINKS bob' }, ['v1.10.0']],
    [{ find: 'owner' }, ['v1.2.0', 'v1.10.0']],
    [{ find: 'owner', state: 'live' }, ['v1.2.0']],
    [{ state: 'live', tag: 'owner=bob' }, []],
    [{ state: 'gone' }, []],
    // Of another page, or another release: it filters nothing.
    [{ unknown: 'x' }, ['v1.2.0', 'v1.10.0', 'v1.3.0']],
  ])('%j leave %j', (chosen, left) => {
    expect(names(chosen)).toEqual(left);
  });

  it('offer each word once, and what is chosen also where no row has it', () => {
    expect(choices(rows, tag, undefined)).toEqual(['owner=ada', 'owner=bob', 'team=Links']);
    expect(choices(rows, state, 'staged')).toEqual(['live', 'rejected', 'staged']);
  });
});
