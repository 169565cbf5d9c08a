import { infiniteQueryOptions, type UseQueryResult, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { DatasetSummary } from '#contracts/http/dataset';
import type { Deployment } from '#contracts/http/deployments';
import type { AccuracyPoint } from '#contracts/http/metrics';
import type { Subject } from '#contracts/topics';
import { useApi } from './api-context.js';
import type { ApiClient } from './client.js';

/** Events say when to ask again. These are for what no event tells, and for events that were missed. */
const SLOWLY_MS = 60_000;
/** For what no event tells and people wait for: who is there, what is refused, what was decided about it. */
const OFTEN_MS = 10_000;
const DEPLOYMENT_UNDER_WAY_MS = 1000;

type Key = readonly [Subject, ...unknown[]];

/** A question: under which key its answer is kept, and how it is asked. */
function useAnswer<Body>(
  key: Key,
  ask: (client: ApiClient, signal: AbortSignal) => Promise<Body>,
  refetchInterval: number = SLOWLY_MS,
): UseQueryResult<Body> {
  const { client } = useApi();
  return useQuery({ queryKey: key, queryFn: ({ signal }) => ask(client, signal), refetchInterval });
}

export const runsKey = (model: string): Key => ['runs', model];
export const deploymentKey = (model: string, id: string): Key => ['deployment', model, id];

export const useModels = () => useAnswer(['models'], (api, signal) => api.call('listModels', {}, signal), OFTEN_MS);

export const useModel = (model: string) =>
  useAnswer(['model', model], (api, signal) => api.call('getModel', { params: { model } }, signal), OFTEN_MS);

export const useVersions = (model: string) =>
  useAnswer(['versions', model], (api, signal) => api.call('listVersions', { params: { model } }, signal));

export const useVersion = (model: string, version: string) =>
  useAnswer(['version', model, version], (api, signal) =>
    api.call('getVersion', { params: { model, version } }, signal),
  );

export const useAliases = (model: string) =>
  useAnswer(['versions', model, 'aliases'], (api, signal) => api.call('listAliases', { params: { model } }, signal));

export const useComparison = (model: string, from: string, to: string) =>
  useAnswer(['compare', model, from, to], (api, signal) =>
    api.call('compareVersions', { params: { model }, query: { from, to } }, signal),
  );

export const useDeployments = (model: string, limit = 100) =>
  useAnswer(['deployments', model, limit], (api, signal) =>
    api.call('listDeployments', { params: { model }, query: { limit } }, signal),
  );

/** One run, however old. */
export const useRun = (run: string) =>
  useAnswer(['runs', 'one', run], (api, signal) => api.call('getRun', { params: { run_id: run } }, signal));

/** Reads every row, so it is not asked for by itself where there are many, nor again when one comes. */
export function useDatasetSummary(model: string, enabled: boolean): UseQueryResult<DatasetSummary> {
  const { client } = useApi();
  return useQuery({
    queryKey: ['feedback-sources', 'summary', model] satisfies Key,
    queryFn: ({ signal }) => client.call('summariseDataset', { query: { model } }, signal),
    enabled,
  });
}

/** All that happened to a version, however long ago. */
export const useDeploymentsOf = (model: string, version: string) =>
  useAnswer(['deployments', model, version], (api, signal) =>
    api.call('listDeployments', { params: { model }, query: { version } }, signal),
  );

/** One deployment, asked for often until it has ended. */
export function useDeployment(model: string, id: string): UseQueryResult<Deployment> {
  const { client } = useApi();
  return useQuery({
    queryKey: deploymentKey(model, id),
    queryFn: ({ signal }) => client.call('getDeployment', { params: { model, deployment_id: id } }, signal),
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : DEPLOYMENT_UNDER_WAY_MS),
  });
}

export const useCanary = (model: string) =>
  useAnswer(['canary', model], (api, signal) => api.call('getCanary', { params: { model } }, signal), OFTEN_MS);

export const useShadow = (model: string) =>
  useAnswer(['shadow', model], (api, signal) => api.call('getShadow', { params: { model } }, signal), OFTEN_MS);

export const useRuns = (model: string) =>
  useAnswer(runsKey(model), (api, signal) => api.call('listRuns', { query: { model, limit: 100 } }, signal));

export const runLogKey = (runId: string): Key => ['run-log', runId];

/** Lines come with the events; this is for those before. */
export const useRunLog = (runId: string) =>
  useAnswer(runLogKey(runId), (api, signal) => api.call('readRunLog', { params: { run_id: runId } }, signal));

/** Who is told of alerts; what waits for them changes with the alerts of any model. */
export const useAlertChannels = () =>
  useAnswer(['models', 'alert-channels'], (api, signal) => api.call('listAlertChannels', {}, signal));

const AUDIT_FIRST = 50;
const AUDIT_MORE = 200;

interface AuditPage {
  readonly page: number;
  readonly before: { readonly before?: number };
}
const FIRST_PAGE: AuditPage = { page: 0, before: {} };

/** The newest records, and page by page those before. */
export function useAudit(model: string) {
  const { client } = useApi();
  const sizeOf = (page: number): number => (page === 0 ? AUDIT_FIRST : AUDIT_MORE);
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ['audit', model] satisfies Key,
      queryFn: ({ pageParam: { page, before }, signal }) =>
        client.call('listAudit', { query: { model, general: 'true', limit: sizeOf(page), ...before } }, signal),
      initialPageParam: FIRST_PAGE,
      getNextPageParam: (last, _pages, { page }) => {
        const oldest = last.at(-1);
        return last.length < sizeOf(page) || oldest === undefined || oldest.sequence <= 1
          ? undefined
          : { page: page + 1, before: { before: oldest.sequence } };
      },
      select: ({ pages }) => pages.flat(),
      refetchInterval: OFTEN_MS,
    }),
  );
}

/** By the minute for a day, by the hour for longer: as fine as anybody could see. */
const useAccuracyOver = (model: string, days: number) =>
  useAnswer(['accuracy', model, days], (api, signal) =>
    api.call('readAccuracy', { query: { model, since_days: days, window: days > 1 ? 'hour' : 'minute' } }, signal),
  );

const DAY_MS = 86_400_000;

/** Accuracy over so many days; where all of it happened within the last day, by the minute. */
export function useAccuracy(model: string, days: number, now: Date): UseQueryResult<AccuracyPoint[]> {
  const whole = useAccuracyOver(model, days);
  const first = whole.data?.[0];
  const young = first !== undefined && now.getTime() - Date.parse(first.window_start) < DAY_MS;
  return useAccuracyOver(model, young ? 1 : days);
}

export const useDrift = (model: string) =>
  useAnswer(['drift', model], (api, signal) => api.call('readDrift', { query: { model, limit: 48 } }, signal));

export const useDatasetGrowth = (model: string) =>
  useAnswer(['dataset', model], (api, signal) => api.call('readDatasetGrowth', { query: { model } }, signal));

export const useDeadLetters = (model: string) =>
  useAnswer(['dead-letters', model], (api, signal) => api.call('listDeadLetters', {}, signal), OFTEN_MS);

export const useDeadLetterSearch = (text: string) =>
  useAnswer(['dead-letters', 'search', text], (api, signal) =>
    api.call('searchDeadLetters', { query: { text, limit: 20 } }, signal),
  );

export const useReconciliations = (model: string) =>
  useAnswer(['model', model, 'reconciliations'], (api, signal) =>
    api.call('listReconciliations', { params: { model }, query: { limit: 100 } }, signal),
  );

export const useStreamIncidents = (model: string) =>
  useAnswer(['feedback-sources', model, 'incidents'], (api, signal) =>
    api.call('listStreamIncidents', { query: { limit: 20 } }, signal),
  );

export const useFeedbackSources = (model: string) =>
  useAnswer(['feedback-sources', model], (api, signal) => api.call('readFeedbackSources', {}, signal), OFTEN_MS);
