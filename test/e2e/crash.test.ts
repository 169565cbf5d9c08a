import { describe, expect, it } from 'vitest';
import { until } from '../../deploy/local/until.js';
import type { ProgramName } from '../stack/stack.js';
import { useStack } from '../stack/use-stack.js';

const RATE = 150;
/** Kafka last: the others' restarts must not hide behind its own. */
const VICTIMS: readonly ProgramName[] = [
  'serving-1',
  'feedback-ingest',
  'registry',
  'trainer',
  'evaluator',
  'serving-2',
  'postgres',
  'feedback-ingest',
  'kafka',
];

describe('under load', () => {
  const stack = useStack('crash', { infrastructure: 'own' });
  const count = async (sql: string): Promise<number> =>
    Number((await stack().query<{ n: string }>(`select count(*) as n from ${sql}`))[0]?.n);

  it('every process comes back after SIGKILL, and every event sent is stored exactly once', async () => {
    const engine = await stack().engine('--seed', '6', '--rate', String(RATE));
    await until('the first outcomes', () => count('feedback.events').then((n) => n > 0));
    for (const victim of VICTIMS) await stack().crash(victim);
    expect(engine.child.exit(), 'the stream ended before every process was killed').toBeNull();
    await engine.child.stop();
    const { tasks, sent } = await engine.finished();

    const stored = () =>
      Promise.all([count(`feedback.events where kind = 'automation'`), count(`feedback.events where kind = 'shadow'`)]);
    const expected = [sent['automation.outcomes'], sent['shadow.outcomes']];
    await until(
      'every event to be stored',
      async () => {
        const found = await stored();
        if (found.every((n, i) => n >= (expected[i] ?? 0))) return true;
        throw new Error(`stored ${found.join(' and ')} of ${expected.join(' and ')}`);
      },
      { deadlineMs: 120_000, everyMs: 500 },
    );
    expect(await stored()).toEqual(expected);
    expect(await count('(select distinct event_id from feedback.events) ids')).toBe(
      sent['automation.outcomes'] + sent['shadow.outcomes'],
    );
    expect(await count('feedback.dead_letters')).toBe(0);
    await until('one row per task', () => count('feedback.training_rows').then((n) => n === tasks), {
      deadlineMs: 120_000,
    });
    for (const name of VICTIMS) expect(stack().child(name).exit()).toBeNull();
  }, 900_000);
});
