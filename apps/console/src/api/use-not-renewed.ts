import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { explain } from './client.js';

/** What is shown could not be asked for again: since when it is as it is, and why. */
export interface NotRenewed {
  since: Date;
  detail: string;
}

/** Of all answers on the page that could not be renewed, the oldest; null while every one is. */
export function useNotRenewed(): NotRenewed | null {
  const cache = useQueryClient();
  const watch = useCallback((changed: () => void) => cache.getQueryCache().subscribe(changed), [cache]);
  const since = useSyncExternalStore(watch, () => oldest(cache)?.state.dataUpdatedAt ?? 0);
  const detail = useSyncExternalStore(watch, () => explain(oldest(cache)?.state.error).detail);
  return since === 0 ? null : { since: new Date(since), detail };
}

const oldest = (cache: QueryClient) =>
  cache
    .getQueryCache()
    .findAll({ type: 'active' })
    .filter(({ state: { data, error } }) => data !== undefined && error !== null)
    .toSorted((a, b) => a.state.dataUpdatedAt - b.state.dataUpdatedAt)[0];
