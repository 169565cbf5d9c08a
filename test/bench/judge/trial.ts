import { TrialPlan } from '#contracts/model-definition';
import { decideTrial, type TrialObservation } from '#domain/canary/trial';
import type { Random } from '#domain/statistics/random';
import type { Contest, Truth } from './holdout.js';
import { drawTask } from './logging.js';
import { ACTIONS, SITES, successOf } from './world.js';

/** Tasks between two looks. */
const LOOK_EVERY = 100;
const RULE_ROWS = 20_000;
const DAY_MS = 86_400_000;

export interface TrialRun {
  readonly action: 'won' | 'lost' | 'ended';
  readonly tasks: number;
  /** Whether the truth was inside the bounds at every look. */
  readonly covered: boolean;
}

/** A trial on tasks that come in, until it is decided; the days never run out. */
export function runTrial(
  contest: Contest,
  truth: Truth,
  demand: Pick<TrialObservation, 'wanted' | 'measure'>,
  random: Random,
): TrialRun {
  const { world, challenger, champion, regime } = contest;
  if (champion === null) throw new Error('a first version has nobody to be tried against');
  const plan = TrialPlan.parse({});
  const arm = () => ({ outcomes: 0, failures: 0 });
  const all = { canary: arm(), live: arm() };
  const changed = [{ canary: arm(), live: arm() }];
  let percent = plan.steps[0] ?? 10;
  let inStep = 0;
  let covered = true;
  const expected = expectedOf(contest, truth, demand.measure, random);
  for (let tasks = 1; ; tasks++) {
    const site = Math.floor(random() * SITES);
    const side = random() * 100 < percent ? 'canary' : 'live';
    const choice = (side === 'canary' ? challenger : champion).choice[site] ?? 0;
    // Where the decision is not followed the task counts all the same, for whom it was assigned to.
    const byRule = regime.ownRule > 0 && regime.ownRule < 1 && random() < regime.ownRule;
    const success = byRule
      ? drawTask(world, contest.logged, contest.rule, { ...regime, ownRule: 1 }, random).success
      : (world.success[site * ACTIONS + choice] ?? 0);
    const failed = random() < success ? 0 : 1;
    const step = changed[changed.length - 1];
    if (challenger.choice[site] !== champion.choice[site] && step) count(step[side], failed);
    count(all[side], failed);
    if (side === 'canary') inStep++;
    if (tasks % LOOK_EVERY !== 0) continue;
    const decision = decideTrial({
      plan,
      percent,
      startedAt: new Date(0),
      now: new Date((tasks / plan.tasks) * DAY_MS),
      changed,
      all,
      outcomesInStep: inStep,
      ...demand,
      tolerated: 0.05,
      troubles: [],
    });
    const { estimate, action } = decision;
    if (estimate && (estimate.low > expected || estimate.high < expected)) covered = false;
    if (action === 'won' || action === 'lost' || action === 'ended') return { action, tasks, covered };
    if (action !== 'advance') continue;
    percent = decision.percent ?? percent;
    changed.push({ canary: arm(), live: arm() });
    inStep = 0;
  }
}

function count(arm: { outcomes: number; failures: number }, failed: number): void {
  arm.outcomes++;
  arm.failures += failed;
}

/** What a trial measures: where a decision is not followed both arms do the same, so that the whole difference is smaller. */
function expectedOf(contest: Contest, truth: Truth, measure: TrialObservation['measure'], random: Random): number {
  const { world, champion, regime } = contest;
  const relative = measure === 'failures' ? truth.reduction : truth.successGain;
  if (champion === null || regime.ownRule === 0 || regime.ownRule === 1) return relative;
  let byRule = 0;
  for (let i = 0; i < RULE_ROWS; i++)
    byRule += drawTask(world, contest.logged, contest.rule, { ...regime, ownRule: 1 }, random).success / RULE_ROWS;
  const of = (success: number) => (measure === 'failures' ? 1 - success : success);
  const [live, rule] = [of(successOf(world, champion.choice)), of(byRule)];
  const followed = (1 - regime.ownRule) * live;
  return (relative * followed) / (followed + regime.ownRule * rule);
}
