import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { TrainingProgress } from '#contracts/events/training';
import type { Run, RunLogLine } from '#contracts/http/runs';
import type { Subject } from '#contracts/topics';
import { Refused } from '#http/client/errors';
import { type Api, useApi } from './api-context.js';
import type { ApiClient } from './client.js';
import { isDeployment, isTrainingProgress } from './event-data.js';
import { staleAfter } from './event-effects.js';
import { EventStream, type StreamEvent, type StreamState } from './event-stream.js';
import { deploymentKey, runLogKey, runsKey } from './queries.js';
import { applyProgress, applyToLog } from './run-progress.js';

/** Events arrive in bursts; the answers they make stale are asked for once a burst. */
const GATHER_MS = 150;

/** An event stream that keeps the cached answers fresh. */
export function liveUpdates(client: ApiClient, cache: QueryClient): EventStream {
  const stale = new Set<Subject>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  const refresh = (): void => {
    timer = null;
    const subjects = new Set<unknown>(stale);
    stale.clear();
    void cache.invalidateQueries({ predicate: ({ queryKey: [subject] }) => subjects.has(subject) });
  };

  const received = ({ name, data }: StreamEvent): void => {
    if (name === 'training.progress' && isTrainingProgress(data) && showProgress(cache, data)) return;
    if (name === 'deployment' && isDeployment(data))
      cache.setQueryData(deploymentKey(data.model, data.deployment_id), data);
    for (const subject of staleAfter(name)) stale.add(subject);
    if (stale.size > 0 && timer === null) timer = setTimeout(refresh, GATHER_MS);
  };

  return new EventStream(client, received, () => void cache.invalidateQueries());
}

/** Several a second: they go straight into the list. False when the run is not in it yet. */
function showProgress(cache: QueryClient, progress: TrainingProgress): boolean {
  cache.setQueryData<RunLogLine[]>(runLogKey(progress.run_id), (log) => log && applyToLog(log, progress));
  const key = runsKey(progress.model);
  const runs = applyProgress(cache.getQueryData<Run[]>(key) ?? [], progress);
  if (runs !== null) cache.setQueryData(key, runs);
  return runs !== null;
}

/** Follows the events for as long as the page is shown. */
export function useFollowEvents({ events }: Api): void {
  useEffect(() => events.start(), [events]);
}

export function useStreamState(): StreamState {
  const { events } = useApi();
  return useSyncExternalStore(events.watch, events.current);
}

/** Calls back once any answer says that the token is no longer good. */
export function useSignOutOnRefusal(signOut: (reason: string) => void): void {
  const cache = useQueryClient();
  useEffect(
    () =>
      cache.getQueryCache().subscribe((change) => {
        if (change.type !== 'updated' || change.action.type !== 'error') return;
        const { error } = change.action;
        if (error instanceof Refused && error.status === 401) signOut(error.message);
      }),
    [cache, signOut],
  );
}
