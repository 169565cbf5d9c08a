import {
  infiniteQueryOptions,
  type QueryKey,
  queryOptions,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import type { DeadLetterGroup, FeedbackSource } from '#contracts/http/feedback';
import type { AccuracyPoint, DatasetGrowth, DriftCheck } from '#contracts/http/metrics';
import type {
  AuditRecord,
  Deployment,
  ModelStatus,
  Run,
  RunLogLine,
  VersionComparison,
  VersionDetail,
  VersionSummary,
} from '#contracts/http/registry';
import type { CanaryStatus, ShadowStatus } from '#contracts/http/rollout';
import { useApi } from './api-context.js';
import type { ApiClient } from './client.js';
import type { Subject } from './event-effects.js';

/** Events say when to ask again. These are for what no event tells, and for events that were missed. */
const SLOWLY_MS = 60_000;
const WHO_IS_THERE_MS = 10_000;
const DEPLOYMENT_UNDER_WAY_MS = 1000;

type Key = readonly [Subject, ...unknown[]];

function question<Body>(key: Key, path: string, refetchInterval: number = SLOWLY_MS) {
  return (client: ApiClient) =>
    queryOptions({
      queryKey: key satisfies QueryKey,
      queryFn: ({ signal }) => client.get<Body>(path, signal),
      refetchInterval,
    });
}

function useAnswer<Body>(ask: ReturnType<typeof question<Body>>): UseQueryResult<Body> {
  return useQuery(ask(useApi().client));
}

const at = (model: string): string => `/v1/models/${encodeURIComponent(model)}`;
const search = (parameters: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)])).toString();

export const runsKey = (model: string): Key => ['runs', model];
export const deploymentKey = (model: string, id: string): Key => ['deployment', model, id];

export const useModels = () => useAnswer(question<ModelStatus[]>(['models'], '/v1/models'));

export const useModel = (model: string) =>
  useAnswer(question<ModelStatus>(['model', model], at(model), WHO_IS_THERE_MS));

export const useVersions = (model: string) =>
  useAnswer(question<VersionSummary[]>(['versions', model], `${at(model)}/versions`));

export const useVersion = (model: string, version: string) =>
  useAnswer(
    question<VersionDetail>(['version', model, version], `${at(model)}/versions/${encodeURIComponent(version)}`),
  );

export const useComparison = (model: string, from: string, to: string) =>
  useAnswer(question<VersionComparison>(['compare', model, from, to], `${at(model)}/compare?${search({ from, to })}`));

export const useDeployments = (model: string, limit = 100) =>
  useAnswer(question<Deployment[]>(['deployments', model, limit], `${at(model)}/deployments?${search({ limit })}`));

/** All that happened to a version, however long ago. */
export const useDeploymentsOf = (model: string, version: string) =>
  useAnswer(question<Deployment[]>(['deployments', model, version], `${at(model)}/deployments?${search({ version })}`));

/** One deployment, asked for often until it has ended. */
export function useDeployment(model: string, id: string): UseQueryResult<Deployment> {
  const { client } = useApi();
  return useQuery({
    ...question<Deployment>(deploymentKey(model, id), `${at(model)}/deployments/${encodeURIComponent(id)}`)(client),
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : DEPLOYMENT_UNDER_WAY_MS),
  });
}

export const useCanary = (model: string) =>
  useAnswer(question<CanaryStatus>(['canary', model], `${at(model)}/canary`, WHO_IS_THERE_MS));

export const useShadow = (model: string) =>
  useAnswer(question<ShadowStatus>(['shadow', model], `${at(model)}/shadow`, WHO_IS_THERE_MS));

export const useRuns = (model: string) =>
  useAnswer(question<Run[]>(runsKey(model), `/v1/runs?${search({ model, limit: 100 })}`));

export const runLogKey = (runId: string): Key => ['run-log', runId];

/** Lines come with the events; this is for those before. */
export const useRunLog = (runId: string) =>
  useAnswer(question<RunLogLine[]>(runLogKey(runId), `/v1/runs/${encodeURIComponent(runId)}/log`));

const AUDIT_FIRST = 50;
const AUDIT_MORE = 200;

/** The newest records, and page by page those before. */
export function useAudit(model: string) {
  const { client } = useApi();
  const sizeOf = (page: number): number => (page === 0 ? AUDIT_FIRST : AUDIT_MORE);
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: ['audit', model] satisfies Key,
      queryFn: ({ pageParam: { page, before }, signal }) =>
        client.get<AuditRecord[]>(`/v1/audit?${search({ model, limit: sizeOf(page), ...before })}`, signal),
      initialPageParam: { page: 0, before: {} },
      getNextPageParam: (last, _pages, { page }) => {
        const oldest = last.at(-1);
        return last.length < sizeOf(page) || oldest === undefined || oldest.sequence <= 1
          ? undefined
          : { page: page + 1, before: { before: oldest.sequence } };
      },
      select: ({ pages }) => pages.flat(),
      refetchInterval: SLOWLY_MS,
    }),
  );
}

/** By the minute for a day, by the hour for longer: as fine as anybody could see. */
const useAccuracyOver = (model: string, days: number) =>
  useAnswer(
    question<AccuracyPoint[]>(
      ['accuracy', model, days],
      `/v1/metrics/accuracy?${search({ model, since_days: days, window: days > 1 ? 'hour' : 'minute' })}`,
    ),
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
  useAnswer(question<DriftCheck[]>(['drift', model], `/v1/metrics/drift?${search({ model, limit: 48 })}`));

export const useDatasetGrowth = (model: string) =>
  useAnswer(question<DatasetGrowth[]>(['dataset', model], `/v1/metrics/dataset?${search({ model })}`));

export const useDeadLetters = (model: string) =>
  useAnswer(question<DeadLetterGroup[]>(['dead-letters', model], `/v1/dead-letters?${search({ model })}`));

export const useFeedbackSources = (model: string) =>
  useAnswer(
    question<FeedbackSource[]>(
      ['feedback-sources', model],
      `/v1/metrics/feedback?${search({ model })}`,
      WHO_IS_THERE_MS,
    ),
  );
