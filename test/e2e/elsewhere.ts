import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { ImportDescription } from '#contracts/http/packages';
import { Run } from '#contracts/http/runs';
import { Manifest, RawRow } from '#contracts/model-package';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from '../stack/stack.js';
import { artifactsOf } from './trainer-world.js';

/** A model that Python trained, what it takes to register it, and what its own library answers. See elsewhere/train.py. */
const Elsewhere = z.object({
  file: z.string(),
  definition: z.looseObject({ name: z.string(), classes: z.array(z.string()) }),
  description: ImportDescription,
  rows: z.array(RawRow),
  probabilities: z.array(z.array(z.number())),
});
type Elsewhere = z.infer<typeof Elsewhere>;

export const modelsOf = (folder: string) =>
  z.tuple([Elsewhere], Elsewhere).parse(JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')));

/** Puts the definitions where a stack that is started afterwards finds them. */
export function defineAll(models: readonly Elsewhere[], definitions: string): void {
  for (const { definition } of models)
    writeFileSync(join(definitions, `${definition.name}.yaml`), stringify(definition));
}

/** Apples by the rules of elsewhere/train.py, so that there is a holdout to judge on. `$2`: the uses of an apple. */
export const INSERT_APPLES = `
insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, label,
  outcome_features, outcome_lines, shadow_lines, first_received_at)
select $1, 'apple-' || i, gen_random_uuid(), 'dataset', timestamptz '2026-01-01' + i * interval '1 second', 'event',
  timestamptz '2026-02-01', ($2::text[])[1 + kind],
  jsonb_strip_nulls(jsonb_build_object('weight', 100 + kind * 40 + a * 60,
    'sugar content', case when i % 5 > 0 then 10 - kind * 2 + b * 4 end, 'red', i % 2 = 0,
    'region', case when i % 10 > 0 then (array['north', 'south', 'east', 'west'])[1 + ((kind + (c > 0.6)::int) & 3)] end)),
  1, 0, timestamptz '2026-02-01'
from (
  select i, abs(hashtext('k' || i)) % cardinality($2::text[]) as kind, (hashtext('a' || i) & 1023) / 1023.0 as a,
    (hashtext('b' || i) & 1023) / 1023.0 as b, (hashtext('c' || i) & 1023) / 1023.0 as c
  from generate_series(1, 1500) as i) made`;

const Registered = z.object({ run: Run });
const Answer = z.object({ model_version: z.string(), probabilities: z.record(z.string(), z.number()) });

/** Where the gate did not let a version through. */
export async function deployAnyway(stack: TestStack, { model, version, verdict }: Run): Promise<void> {
  if (verdict === 'pass') return;
  const reason = ['--reason', 'to see what it answers'];
  const deployed = await stack.cli('deploy', '--model', model, '--version', version ?? '', '--force', ...reason);
  expect(deployed).toMatchObject({ code: 0 });
}

/**
 * Registers a file by the command line, has it deployed, asks for every row and compares: returns the largest difference of
 * a probability. Checks on the way that the manifest knows which columns matter.
 */
export async function servedDifference(stack: TestStack, folder: string, model: Elsewhere): Promise<number> {
  const { name, classes } = model.definition;
  await stack.query(INSERT_APPLES, [name, classes]);
  const manifest = join(stack.home, `${name}.manifest.json`);
  writeFileSync(manifest, JSON.stringify(model.description));
  const file = join(folder, model.file);
  const registered = await stack.cli(
    'register',
    file,
    '--definition',
    name,
    '--manifest',
    manifest,
    '--wait',
    '--json',
  );
  expect({ code: registered.code, stderr: registered.stderr }).toMatchObject({ code: 0 });
  const { run } = Registered.parse(JSON.parse(registered.stdout));
  expect(run).toMatchObject({ state: 'done', failure: null });
  await deployAnyway(stack, run);

  const files = await new PackageStore(artifactsOf(stack)).read(run.digest ?? '');
  const { importance } = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
  expect(Object.keys(importance).toSorted()).toEqual(['red', 'region', 'sugar content', 'weight']);
  expect(importance.weight).toBeGreaterThan(0.1);
  expect(Object.values(importance).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);

  return answeredDifference(stack, { name, classes, version: run.version ?? '' }, model);
}

/** Asks the live version for every row, and returns the largest difference to what its library says. */
export async function answeredDifference(
  stack: TestStack,
  { name, classes, version }: { readonly name: string; readonly classes: readonly string[]; readonly version: string },
  { rows, probabilities }: Pick<Elsewhere, 'rows' | 'probabilities'>,
): Promise<number> {
  const ask = async (row: RawRow, i: number) => {
    const response = await fetch(`${stack.urls['serving-1']}/v1/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: name, task_id: `asked-${i}`, site: row }),
    });
    return response.ok ? Answer.parse(await response.json()) : null;
  };
  await until(`${name} to be served`, () => ask({}, -1));
  let furthest = 0;
  for (const [i, row] of rows.entries()) {
    const answer = await ask(row, i);
    expect(answer?.model_version).toBe(version);
    classes.forEach((label, c) => {
      const difference = Math.abs((answer?.probabilities[label] ?? Number.NaN) - (probabilities[i]?.[c] ?? Number.NaN));
      furthest = Math.max(furthest, difference);
    });
  }
  return furthest;
}
