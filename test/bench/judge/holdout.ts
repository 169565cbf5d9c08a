import type { HoldoutAnswers } from '#domain/evaluation/judgement';
import type { PolicyChoices } from '#domain/evaluation/logged-decisions';
import type { Random } from '#domain/statistics/random';
import { drawTask, type LoggedTask, possibleTasks, type Regime } from './logging.js';
import { ACTIONS, type Model, SITES, successOf, type World } from './world.js';

export interface Contest {
  readonly world: World;
  readonly challenger: Model;
  /** Null for a first version. */
  readonly champion: Model | null;
  /** Whose decisions the engine followed in the past. */
  readonly logged: Model;
  readonly rule: Model;
  readonly regime: Regime;
}

/** What the challenger's numbers would be on endless rows. */
export interface Truth {
  readonly reduction: number;
  readonly successGain: number;
  readonly accuracyDifference: number;
  readonly f1Difference: number;
}

export function drawHoldout(contest: Contest, rows: number, random: Random): HoldoutAnswers {
  const tasks = Array.from({ length: rows }, () =>
    drawTask(contest.world, contest.logged, contest.rule, contest.regime, random),
  );
  const choices = (model: Model): PolicyChoices => ({
    action: Int32Array.from(tasks, ({ site }) => model.choice[site] ?? 0),
    success: Float64Array.from(tasks, ({ site }) => model.belief[site * ACTIONS + (model.choice[site] ?? 0)] ?? 0),
  });
  const { challenger, champion } = contest;
  return {
    classes: ['failed', 'success'],
    truth: Int32Array.from(tasks, ({ succeeded }) => (succeeded ? 1 : 0)),
    challenger: answersOf(challenger, tasks),
    champion: champion && answersOf(champion, tasks),
    decisions: {
      executed: Int32Array.from(tasks, ({ executed }) => executed),
      failed: Uint8Array.from(tasks, ({ succeeded }) => (succeeded ? 0 : 1)),
      propensity: Float64Array.from(tasks, ({ propensity }) => propensity),
      challenger: choices(challenger),
      champion: champion && choices(champion),
      alike: 0,
    },
    slices: [],
  };
}

function answersOf(model: Model, tasks: readonly LoggedTask[]): Float64Array {
  const answers = new Float64Array(2 * tasks.length);
  tasks.forEach(({ site, executed }, row) => {
    const success = model.belief[site * ACTIONS + executed] ?? 0;
    answers[2 * row] = 1 - success;
    answers[2 * row + 1] = success;
  });
  return answers;
}

/** Over all that may become of a task, each weighed by its chance, so that nothing is left to the draw. */
export function truthOf(contest: Contest): Truth {
  const { world, challenger, champion } = contest;
  const mine = new Confusion();
  const theirs = new Confusion();
  let loggedSuccess = 0;
  for (let site = 0; site < SITES; site++)
    for (const { executed, chance, success } of possibleTasks(
      world,
      contest.logged,
      contest.rule,
      contest.regime,
      site,
    )) {
      const weight = chance / SITES;
      loggedSuccess += weight * success;
      const at = site * ACTIONS + executed;
      mine.add((challenger.belief[at] ?? 0) >= 0.5, success, weight);
      if (champion) theirs.add((champion.belief[at] ?? 0) >= 0.5, success, weight);
    }
  const success = successOf(world, challenger.choice);
  const before = champion ? successOf(world, champion.choice) : loggedSuccess;
  const common = Math.max(loggedSuccess, 1 - loggedSuccess);
  return {
    reduction: 1 - (1 - success) / (1 - before),
    successGain: success / before - 1,
    accuracyDifference: mine.accuracy() - (champion ? theirs.accuracy() : common),
    f1Difference: mine.f1() - theirs.f1(),
  };
}

class Confusion {
  private readonly cells = [0, 0, 0, 0];

  add(saysSuccess: boolean, success: number, weight: number): void {
    const at = saysSuccess ? 2 : 0;
    this.cells[at] = (this.cells[at] ?? 0) + weight * (1 - success);
    this.cells[at + 1] = (this.cells[at + 1] ?? 0) + weight * success;
  }

  accuracy(): number {
    const [rightFailure = 0, missed = 0, alarm = 0, right = 0] = this.cells;
    return (rightFailure + right) / (rightFailure + missed + alarm + right);
  }

  f1(): number {
    const [rightFailure = 0, missed = 0, alarm = 0, right = 0] = this.cells;
    const failure = (2 * rightFailure) / (2 * rightFailure + missed + alarm);
    const success = right === 0 ? 0 : (2 * right) / (2 * right + missed + alarm);
    return (failure + success) / 2;
  }
}

/** Share of the sites on which two policies choose differently. */
export function changedShare(a: Model, b: Model): number {
  let changed = 0;
  for (let site = 0; site < SITES; site++) if (a.choice[site] !== b.choice[site]) changed++;
  return changed / SITES;
}
