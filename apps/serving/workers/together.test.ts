import { Counter, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { Heartbeat } from '#contracts/events/deployment';
import type { ModelStatistics } from '#contracts/http/inference';
import { isCurrent, metricsText, remaining, sumOfStatistics, together } from './together.js';

const standing = (model: string, generation: number, seen_generation = generation): Heartbeat['models'][number] => ({
  model,
  generation,
  seen_generation,
  version: `v1.${generation}.0`,
  digest: null,
  canary: null,
  warm: [],
});

it('an instance is where the worker is that is furthest behind', () => {
  const behind = standing('a', 3, 4);
  expect(together([[standing('a', 4), standing('b', 7)], [behind]])).toEqual([behind, standing('b', 7)]);
  expect(isCurrent([standing('a', 4)])).toBe(true);
  expect(isCurrent([standing('b', 7), behind])).toBe(false);
});

/** A process that has answered so often, of the last generation it names. */
async function processOf(answers: number, generation: number) {
  const registry = new Registry();
  new Counter({ name: 'answers_total', help: 'Answers.', registers: [registry] }).inc(answers);
  new Gauge({ name: 'waiting', help: 'Waiting.', registers: [registry] }).set(1);
  new Gauge({ name: 'generation', help: 'Generation.', aggregator: 'min', registers: [registry] }).set(generation);
  return registry.getMetricsAsJSON();
}

it('metrics are sums, or the lowest where that is what counts', async () => {
  const text = await metricsText([await processOf(3, 7), await processOf(4, 8)]);
  expect(text).toContain('answers_total 7');
  expect(text).toContain('waiting 2');
  expect(text).toContain('generation 7');
});

it('what a worker has counted stays when it has ended, and its gauges go', async () => {
  const departed = remaining(await processOf(3, 1), remaining(await processOf(2, 1), []));
  const text = await metricsText([await processOf(4, 8), departed]);
  expect(text).toContain('answers_total 9');
  expect(text).toContain('waiting 1');
  expect(text).toContain('generation 8');
});

it('adds statistics up by version', () => {
  const of = (version: string, count: number): ModelStatistics['model_stats'][number] => {
    const duration = { count, ns: 10 * count };
    return {
      name: 'm',
      version,
      last_inference: count,
      inference_count: 2 * count,
      execution_count: count,
      inference_stats: {
        success: duration,
        fail: duration,
        queue: duration,
        compute_input: duration,
        compute_infer: duration,
        compute_output: duration,
      },
    };
  };
  const sums = sumOfStatistics([
    { model_stats: [of('v1.0.0', 1), of('v1.1.0', 5)] },
    { model_stats: [of('v1.0.0', 2)] },
  ]);
  expect(sums.model_stats).toEqual([{ ...of('v1.0.0', 3), last_inference: 2 }, of('v1.1.0', 5)]);
});
