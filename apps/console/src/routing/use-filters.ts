import { useMemo, useSyncExternalStore } from 'react';
import { queryOf, withQuery } from './route.js';

export interface Filters {
  /** By the names of what is filtered by. */
  readonly chosen: ReadonlyMap<string, string>;
  /** An empty value takes a filter away. */
  choose(name: string, value: string): void;
  clear(): void;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

/** The address is changed in place: the way back leads to the page before, not through every letter that was typed. */
function replace(hash: string): void {
  window.history.replaceState(null, '', hash);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** What a table is filtered by, as it stands in the address: it survives a reload and goes along with a link. */
export function useFilters(table: string): Filters {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => {
    const prefix = `${table}.`;
    const all = [...queryOf(hash)];
    const [own, others] = [
      all
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value] as const),
      all.filter(([name]) => !name.startsWith(prefix)),
    ];
    const put = (chosen: ReadonlyMap<string, string>): void =>
      replace(
        withQuery(window.location.hash, [
          ...others,
          ...[...chosen]
            .filter(([, value]) => value !== '')
            .map(([name, value]): [string, string] => [prefix + name, value]),
        ]),
      );
    const chosen = new Map(own);
    return {
      chosen,
      choose: (name, value) => put(new Map([...chosen, [name, value]])),
      clear: () => put(new Map()),
    };
  }, [hash, table]);
}
