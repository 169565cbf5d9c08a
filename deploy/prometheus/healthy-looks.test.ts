import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { dropFound, observe, startWatch } from '#domain/monitoring/accuracy-drop';
import { seededRandom } from '#domain/statistics/random';

const LOOKS = 10_000;
const EVERY_SECONDS = 15;
const REFERENCE = 0.8;
/** As many outcomes as the hour of `ratchet_live_accuracy` has at one a look. */
const HOUR = 240;

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.looseObject({ alert: z.string(), expr: z.string() })) })),
});
const rule = Rules.parse(parse(readFileSync(new URL('rules/ratchet.yaml', import.meta.url), 'utf8')))
  .groups.flatMap(({ rules }) => rules)
  .find(({ alert }) => alert === 'RatchetAccuracyDrop');

/** What the rule must not be: one gauge held against another. */
const difference = {
  alert: 'Difference',
  expr: 'ratchet_live_accuracy_reference - ratchet_live_accuracy > 0.05 and ratchet_live_accuracy_outcomes >= 200',
  for: '2m',
};

/** What Prometheus scrapes of a version, an outcome from one look to the next. */
function scraped(accuracyAt: (look: number) => number): Record<string, readonly number[]> {
  const random = seededRandom(18);
  const hour: boolean[] = [];
  const drops: number[] = [];
  const accuracy: number[] = [];
  let state = startWatch();
  let told = 0;
  for (let look = 0; look < LOOKS; look++) {
    const correct = random() < accuracyAt(look);
    const at = new Date(Date.UTC(2026, 0, 1) + look * EVERY_SECONDS * 1000).toISOString();
    const next = observe(state, { correct, at }, { accuracy: REFERENCE, rows: Number.POSITIVE_INFINITY }, 0.05);
    if (!state.alarmed && dropFound(next) !== null) told++;
    state = next;
    hour.push(correct);
    if (hour.length > HOUR) hour.shift();
    drops.push(told);
    accuracy.push(hour.filter(Boolean).length / hour.length);
  }
  return {
    'ratchet_accuracy_drops_total{model="m"}': drops,
    'ratchet_live_accuracy{model="m"}': accuracy,
    'ratchet_live_accuracy_outcomes{model="m"}': accuracy.map((_, look) => Math.min(look + 1, HOUR)),
    'ratchet_live_accuracy_reference{model="m"}': drops.map(() => REFERENCE),
  };
}

const has = (alert: string, fired: boolean) => ({
  expr: `count(count_over_time(ALERTS{alertname="${alert}",alertstate="firing"}[${LOOKS * EVERY_SECONDS}s]))`,
  eval_time: `${LOOKS * EVERY_SECONDS}s`,
  exp_samples: fired ? [{ labels: '{}', value: 1 }] : [],
});

const looks = (name: string, series: Record<string, readonly number[]>, checks: readonly ReturnType<typeof has>[]) => ({
  name,
  interval: `${EVERY_SECONDS}s`,
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values: values.join(' ') })),
  promql_expr_test: checks,
});

const promtool = spawnSync('promtool', ['--version']).status === 0;

describe.skipIf(!promtool)('the accuracy-drop rule in Prometheus', () => {
  it('is silent in 10,000 looks at a healthy version, where a difference of gauges is not, and fires at a real drop', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ratchet-looks-'));
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: `${EVERY_SECONDS}s`,
      tests: [
        looks(
          'healthy',
          scraped(() => REFERENCE),
          [has('RatchetAccuracyDrop', false), has('Difference', true)],
        ),
        looks(
          'worse from the middle on',
          scraped((look) => (look < LOOKS / 2 ? REFERENCE : 0.6)),
          [has('RatchetAccuracyDrop', true)],
        ),
      ],
    };
    writeFileSync(join(folder, 'looks.yaml'), JSON.stringify(test));
    writeFileSync(
      join(folder, 'rules.yaml'),
      JSON.stringify({ groups: [{ name: 'looked-at', rules: [rule, difference] }] }),
    );
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'looks.yaml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
