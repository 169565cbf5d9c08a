import { AggregatorRegistry, type RegistryContentType } from 'prom-client';
import type { Heartbeat } from '#contracts/events/deployment';
import type { ModelStatistics } from '#contracts/http/inference';
import type { Metric } from './messages.js';

type Standing = Heartbeat['models'];

/** Whether a worker acts by all it was told. */
export function isCurrent(standing: Standing): boolean {
  return standing.every(({ generation, seen_generation }) => generation === seen_generation);
}

/** What an instance serves: of each model what the worker says that is furthest behind. */
export function together(standings: readonly Standing[]): Standing {
  const models = new Map<string, Standing[number]>();
  for (const standing of standings.flat()) {
    const before = models.get(standing.model);
    if (before === undefined || standing.generation < before.generation) models.set(standing.model, standing);
  }
  return [...models.values()];
}

const aggregate = (all: readonly (readonly Metric[])[]) =>
  AggregatorRegistry.aggregate<RegistryContentType>(all.map((metrics) => [...metrics]));

/** The metrics of several processes as one's: sums, and of some gauges the lowest or highest. */
export function metricsText(all: readonly (readonly Metric[])[]): Promise<string> {
  return aggregate(all).metrics();
}

/** What stays in the sums of a worker that has ended, so that no counter goes back: all but its gauges. */
export function remaining(metrics: readonly Metric[], before: readonly Metric[]): readonly Metric[] {
  const counted = metrics.filter(({ type }) => type !== 'gauge');
  return aggregate([before, counted]).getMetricsAsArray();
}

/** Statistics of several processes as one's. */
export function sumOfStatistics(all: readonly ModelStatistics[]): ModelStatistics {
  const sums = new Map<string, ModelStatistics['model_stats'][number]>();
  for (const one of all.flatMap(({ model_stats }) => model_stats)) {
    const key = `${one.name} ${one.version}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? one : plus(before, one));
  }
  return { model_stats: [...sums.values()] };
}

type Statistics = ModelStatistics['model_stats'][number];
type Durations = Statistics['inference_stats'];

function plus(a: Statistics, b: Statistics): Statistics {
  const sum = (name: keyof Durations) => ({
    count: a.inference_stats[name].count + b.inference_stats[name].count,
    ns: a.inference_stats[name].ns + b.inference_stats[name].ns,
  });
  return {
    ...a,
    last_inference: Math.max(a.last_inference, b.last_inference),
    inference_count: a.inference_count + b.inference_count,
    execution_count: a.execution_count + b.execution_count,
    inference_stats: {
      success: sum('success'),
      fail: sum('fail'),
      queue: sum('queue'),
      compute_input: sum('compute_input'),
      compute_infer: sum('compute_infer'),
      compute_output: sum('compute_output'),
    },
  };
}
