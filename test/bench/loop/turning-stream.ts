import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ModelDefinition } from '#contracts/model-definition';
import { drawAttempts, taskSuccessProbability } from '../../../apps/sample-engine/simulation/attempts.js';
import { drawTask } from '../../../apps/sample-engine/simulation/task.js';
import { ACTIONS, type Action, type Site } from '../../../apps/sample-engine/truth/site.js';
import { chanceOf } from '../../../apps/sample-engine/truth/worlds.js';
import type { Choose, Stream, StreamRow } from '../drift/stream.js';
import type { Learnt } from '../drift/train.js';

const WORTH_SEED = 2_000_003;
const WORTH_TASKS = 3_000;
/** Seconds of the sample engine's rotating truth from one world to the other. */
const SECONDS = 1_800;

export type Truth = 'fixed' | 'rotating';

export interface World {
  readonly truth: Truth;
  readonly rows: number;
  /** Rows after which a rotating truth is the other one. */
  readonly halfTurn: number;
  readonly seed: number;
}

/** The sample engine's tasks, by an engine that always follows. */
export class FollowingEngine {
  readonly stream: Stream;

  constructor(
    definitionFile: string,
    change: (definition: ModelDefinition) => ModelDefinition,
    private readonly world: World,
  ) {
    const { truth, rows, seed } = world;
    const row = (number: number, choose: Choose | null): StreamRow => {
      const task = drawTask(seed, number);
      const features = Object.fromEntries(Object.entries(task.site).filter(([, value]) => value !== undefined));
      const decision = choose?.(features, number) ?? null;
      const action = ACTIONS.find((one) => one === decision?.action) ?? task.own;
      const success = drawAttempts(this.chance(number, task.site, action), task.site, action, task.luck).at(
        -1,
      )?.success;
      return { features, label: null, action, success: success ?? false, propensity: decision?.propensity ?? null };
    };
    this.stream = {
      name: `${truth} truth`,
      definition: change(ModelDefinition.parse(parse(readFileSync(definitionFile, 'utf8')))),
      rows,
      onset: null,
      row,
      test: [],
    };
  }

  /** Share of the tasks that end in success if a model chooses at this time; null chooses what is best, knowing all. */
  worth(model: Learnt | null, number: number): number {
    let sum = 0;
    for (let i = 0; i < WORTH_TASKS; i++) {
      const { site } = drawTask(WORTH_SEED, i);
      const success = (action: Action) => taskSuccessProbability(this.chance(number, site, action));
      if (model === null) sum += Math.max(...ACTIONS.map(success));
      else {
        const features = Object.fromEntries(Object.entries(site).filter(([, value]) => value !== undefined));
        const chosen = model.actions[model.best(features).action];
        const action = ACTIONS.find((one) => one === chosen);
        if (action === undefined) throw new Error(`the engine knows no action ${chosen}`);
        sum += success(action);
      }
    }
    return sum / WORTH_TASKS;
  }

  private chance(number: number, site: Site, action: Action): number {
    const { truth, halfTurn } = this.world;
    const moment = { drifted: false, seconds: (SECONDS * number) / halfTurn, task: '' };
    return chanceOf(truth === 'fixed' ? 'friendly' : 'rotating', site, action, moment);
  }
}
