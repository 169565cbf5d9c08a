import { expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { FeedbackRecord } from '#domain/feedback/record';
import { rulesOf } from '#domain/feedback/rules';
import { objectEntry } from './entries.js';
import { ImportRun } from './import-run.js';

const rules = rulesOf([
  ModelDefinition.parse({
    name: DEFAULT_MODEL,
    kind: 'action-outcome',
    actions: ['comment', 'forum'],
    features: [{ name: 'da', kind: 'numeric' }],
  }),
]);

async function all<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const step of steps) found.push(step);
  return found;
}

async function* entries(count: number) {
  for (let i = 1; i <= count; i++)
    yield objectEntry(i, { task_id: `t${i}`, action_attempted: 'forum', result: 'success' });
}

/** Postgres, which does not like some tasks. */
const storeWithout = (refused: readonly string[], refusal: Error) => ({
  async storeImported(events: readonly FeedbackRecord[]) {
    if (events.some(({ taskId }) => refused.includes(taskId))) throw refusal;
    return { taken: events.length, folded: 0, duplicates: 0 };
  },
});

const refusal = (code: string): Error => Object.assign(new Error('refused'), { code, severity: 'ERROR' });

it('rejects the rows that Postgres refuses, by their lines, and takes the rest', async () => {
  const run = new ImportRun(storeWithout(['t3', 't700'], refusal('22P02')), rules, {
    kind: 'automation',
    model: DEFAULT_MODEL,
  });
  const steps = await all(run.run(entries(1000)));
  expect(steps.at(-1)).toMatchObject({
    counts: { read: 1000, taken: 998, rejected: 2, rejected_by_reason: { failed: 2 } },
    rejections: [
      { line: 3, reason: 'failed', detail: 'Error: refused' },
      { line: 700, reason: 'failed' },
    ],
  });
});

it('ends early when Postgres is away, which running it again mends', async () => {
  const run = new ImportRun(storeWithout(['t3'], refusal('57P01')), rules, {
    kind: 'automation',
    model: DEFAULT_MODEL,
  });
  await expect(all(run.run(entries(10)))).rejects.toThrow('refused');
});
