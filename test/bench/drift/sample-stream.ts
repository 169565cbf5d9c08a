import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ModelDefinition } from '#contracts/model-definition';
import { drawAttempts } from '../../../apps/sample-engine/simulation/attempts.js';
import { drawTask, type Task } from '../../../apps/sample-engine/simulation/task.js';
import { ACTIONS, type Action } from '../../../apps/sample-engine/truth/site.js';
import { chanceOf } from '../../../apps/sample-engine/truth/worlds.js';
import type { Choose, Stream, StreamRow } from './stream.js';

const TEST_SEED = 1_000_003;

/** The sample engine's own drift: what worked best works worst from one task to the next. It follows in 85 % of the tasks. */
export function sampleStream(
  definitionFile: string,
  rows: number,
  onset: number | null,
  test: number,
  seed: number,
): Stream {
  const done = (task: Task, choose: Choose | null, number: number, drifted: boolean): StreamRow => {
    const features = Object.fromEntries(Object.entries(task.site).filter(([, value]) => value !== undefined));
    const decision = choose === null || task.shadow ? null : choose(features, number);
    const action = ACTIONS.find((one) => one === decision?.action) ?? task.own;
    const success = succeeds(task, action, drifted);
    return { features, label: null, action, success, propensity: decision?.propensity ?? null };
  };
  return {
    name: onset === null ? 'sample-engine-steady' : 'sample-engine-abrupt',
    definition: ModelDefinition.parse(parse(readFileSync(definitionFile, 'utf8'))),
    rows,
    onset,
    row: (number, choose) => done(drawTask(seed, number), choose, number, onset !== null && number >= onset),
    test: Array.from({ length: test }, (_, i) => done(drawTask(TEST_SEED, i), null, i, onset !== null)),
  };
}

function succeeds(task: Task, action: Action, drifted: boolean): boolean {
  const chance = chanceOf('friendly', task.site, action, { drifted, seconds: 0, task: task.id });
  return drawAttempts(chance, task.site, action, task.luck).at(-1)?.success ?? false;
}
