import { afterAll, describe, expect, it } from 'vitest';
import { DecideResponse } from '#contracts/http/serving';
import { until } from '../../deploy/local/until.js';
import type { OtlpCollector, ReceivedSpan } from '../stack/otlp-collector.js';
import type { TestStack } from '../stack/stack.js';

const names = (spans: readonly ReceivedSpan[]): string[] => spans.map(({ service, name }) => `${service}: ${name}`);

/** What the collector received of a stack that has been round the loop: outcomes, a retraining, a deployment. */
export function describeTraces(stack: () => TestStack, collector: OtlpCollector): void {
  describe('its traces', () => {
    afterAll(() => collector.stop());
    const { spans } = collector;
    const trace = (traceId: string): ReceivedSpan[] => collector.traceOf(traceId);
    /** A deployment that goes back to a training run, which goes back to a decision whose outcome was stored. */
    const story = () => {
      for (const run of spans.filter(({ name }) => name === 'training run'))
        for (const decision of run.links) {
          const told = names(trace(decision));
          const deployment = spans.find(({ name, links }) => name === 'deployment' && links.includes(run.traceId));
          const done = deployment && trace(deployment.traceId).filter(({ name }) => name === 'swap').length >= 2;
          if (done && told.includes('serving: decide') && told.includes('feedback-ingest: automation.outcomes store'))
            return { run, decision, deployment };
        }
      return null;
    };

    it('follow a decision from the request over Kafka to its outcome', async () => {
      const { decision } = await until('a whole story', story);
      const told = trace(decision);
      expect(names(told)).toEqual(
        expect.arrayContaining([
          'serving: decide',
          'serving: predictions publish',
          'feedback-ingest: predictions store',
          'feedback-ingest: automation.outcomes store',
        ]),
      );
      const decide = told.find(({ name }) => name === 'decide');
      expect(decide).toMatchObject({ parentSpanId: null, attributes: { 'ratchet.model': 'backlink-outcome' } });
      for (const span of told) if (span !== decide) expect(span.parentSpanId).toBe(decide?.spanId);
      for (const { nanoseconds } of told) expect(nanoseconds).toBeGreaterThan(0n);
      const [stored] = await stack().query<{ count: string }>(
        'select count(*) from feedback.predictions where prediction_id = $1::uuid',
        [decision],
      );
      expect(stored?.count).toBe('1');
    });

    it('go on to the training that learnt from it, the verdict, the deployment, and the swap of every instance', async () => {
      const { run, deployment } = await until('a whole story', story);
      expect(names(trace(run.traceId))).toEqual(
        expect.arrayContaining(['trainer: training run', 'evaluator: evaluate']),
      );
      expect(trace(run.traceId).find(({ name }) => name === 'evaluate')).toMatchObject({ parentSpanId: run.spanId });
      expect(deployment).toMatchObject({ service: 'registry', parentSpanId: null });
      const swaps = trace(deployment?.traceId ?? '').filter(({ name }) => name === 'swap');
      expect(new Set(swaps.map(({ instance }) => instance))).toEqual(new Set(['serving-1', 'serving-2']));
    });

    it('answer a caller within its own trace as well', async () => {
      const [traceId, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
      const response = await fetch(`${stack().serving[0]}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${parent}-01` },
        body: '{"task_id":"traced","site":{"url":"https://forum.example.org/t/1"}}',
      });
      const { prediction_id } = DecideResponse.parse(await response.json());
      const own = await until('the span in the caller’s trace', () => trace(traceId)[0]);
      const decision = prediction_id.replaceAll('-', '');
      expect(own).toMatchObject({ name: 'decide', parentSpanId: parent, links: [decision] });
      expect(trace(decision).find(({ name }) => name === 'decide')).toMatchObject({ links: [traceId] });
    });

    it('are all in the format a collector takes', () => {
      expect(collector.refused).toEqual([]);
    });
  });
}
