import { GateThresholds } from '#contracts/model-definition';
import { judgeChallenger } from '#domain/evaluation/judgement';
import { type GateSettings, gateSettings } from '#domain/evaluation/profiles';
import { seededRandom, seedFromText } from '#domain/statistics/random';
import { type Contest, drawHoldout, type Truth, truthOf } from './holdout.js';
import { REGIMES } from './logging.js';
import { runTrial } from './trial.js';
import { drawModel, drawWorld, type Model, successOf, type World } from './world.js';

/** What is judged again and again: one world, one way of logging, one size. */
export interface Cell {
  readonly successRate: number;
  readonly regime: string;
  readonly rows: number;
  readonly challenger: 'better' | 'worse' | 'equal' | 'better first' | 'worse first';
  readonly profile: 'policy' | 'seed';
}

export interface CellResult extends Cell {
  readonly replications: number;
  /** Mean relative drop in failures, and gain in successes, of the challengers. */
  readonly true_reduction: number;
  readonly true_success_gain: number;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly trial_won: number;
  readonly trial_lost: number;
  readonly trial_tasks_median: number | null;
  /** Passed, or won the trial. */
  readonly let_through: number;
  /** Share of the intervals shown that held the truth; null where none was shown. */
  readonly coverage: Readonly<Record<string, number | null>>;
  /** Of the same, how many were shown, and how many held the truth. */
  readonly shown: Readonly<Record<string, readonly [number, number]>>;
}

/** How a cell is to be run. */
export interface Order {
  readonly replications: number;
  readonly seed: string;
  /** Without them only the intervals and verdicts of the holdout are looked at. */
  readonly trials: boolean;
}

/** Different pairs of models; the other replications draw other rows for them. */
const PAIRS = 15;
const RARE = 0.2;
/** What makes a challenger a better one: this much fewer failures, or, where successes are rare, this many more of them. */
const CLEARLY = { reduction: 0.1, gain: 0.25 };
/** Of fewer intervals the share that holds the truth says nothing; they count with those of the other cells. */
export const FEWEST_SHOWN = 100;
const BOOTSTRAP_SAMPLES = 1000;
/**
 * Of hundreds of intervals that hold the truth in 95 %, some seem to in 92 % of 300 draws. Where one seems to hold it in less than
 * this, the whole cell goes on to so many times as many, the first ones among them.
 */
const LOOK_CLOSER_BELOW = 0.94;
const CLOSER = 5;

export function runCell(cell: Cell, { replications, seed, trials }: Order): CellResult {
  const random = seededRandom(seedFromText(`${seed} ${JSON.stringify(cell)}`));
  const settings = gateSettings(
    GateThresholds.parse({ profile: cell.profile, bootstrap_samples: BOOTSTRAP_SAMPLES }),
    'action-outcome',
  );
  const tally = new Tally(cell);
  const judge = (pairs: number) => {
    for (let pair = 0; pair < pairs; pair++) {
      const contest = drawContest(cell, random);
      const truth = truthOf(contest);
      for (let i = 0; i < replications / PAIRS; i++) judgeOnce(contest, truth, settings, cell, tally, random, trials);
    }
  };
  judge(PAIRS);
  if (tally.leastCoverage() < LOOK_CLOSER_BELOW) judge(PAIRS * (CLOSER - 1));
  return tally.result();
}

function judgeOnce(
  contest: Contest,
  truth: Truth,
  settings: GateSettings,
  cell: Cell,
  tally: Tally,
  random: () => number,
  trials: boolean,
) {
  const judgement = judgeChallenger(drawHoldout(contest, cell.rows, random), settings, random);
  const { gate, failureRateReduction: found } = judgement;
  tally.verdict(gate.verdict, truth);
  tally.interval('accuracy', judgement.accuracyDifference, truth.accuracyDifference);
  tally.interval('macro-F1', judgement.f1Difference, truth.f1Difference);
  for (const each of found.estimates ?? []) {
    tally.interval(each.method, each.interval, truth.reduction);
    if (each.success_gain) tally.interval(`${each.method}, successes`, each.success_gain.interval, truth.successGain);
  }
  if (!trials || gate.verdict !== 'inconclusive' || !gate.trial?.suited || contest.champion === null) return;
  const before = successOf(contest.world, contest.champion.choice);
  const rare = cell.profile === 'policy' && before < RARE;
  const demand = rare
    ? { measure: 'successes' as const, wanted: settings.successGain }
    : { measure: 'failures' as const, wanted: settings.failureRateReduction };
  tally.trial(runTrial(contest, truth, demand, random));
}

function drawContest(cell: Cell, random: () => number): Contest {
  const regime = REGIMES.find(({ name }) => name === cell.regime);
  if (!regime) throw new Error(`there is no regime ${cell.regime}`);
  for (;;) {
    const world = drawWorld(cell.successRate, regime.knowsMore ? 2 : 0, random);
    const rule = drawModel(world, 1.5, random);
    const [good, middling] = [drawModel(world, 0.4, random), drawModel(world, 1.5, random)];
    const contest = (challenger: Model, champion: Model | null, logged: Model): Contest => ({
      world,
      challenger,
      champion,
      logged,
      rule,
      regime,
    });
    switch (cell.challenger) {
      case 'better':
        if (isBetter(world, good, middling)) return contest(good, middling, middling);
        break;
      case 'worse':
        if (isBetter(world, good, middling)) return contest(middling, good, good);
        break;
      case 'equal':
        return contest(drawModel(world, 1.5, random), middling, middling);
      case 'better first':
      case 'worse first': {
        const first = contest(cell.challenger === 'better first' ? good : drawModel(world, 8, random), null, rule);
        const { reduction, successGain } = truthOf(first);
        const rare = cell.successRate < RARE;
        const value = rare ? successGain : reduction;
        // Where the rule knows more and successes are rare, no model gains a quarter: looking for one takes for ever.
        const isClear =
          cell.challenger === 'better first'
            ? value >= CLEARLY.reduction
            : value <= -(rare ? CLEARLY.gain : CLEARLY.reduction);
        if (isClear) return first;
      }
    }
  }
}

function isBetter(world: World, good: Model, other: Model): boolean {
  const [mine, theirs] = [successOf(world, good.choice), successOf(world, other.choice)];
  return theirs < RARE ? mine / theirs - 1 >= CLEARLY.gain : 1 - (1 - mine) / (1 - theirs) >= CLEARLY.reduction;
}

class Tally {
  private readonly verdicts = { pass: 0, fail: 0, inconclusive: 0, error: 0 };
  private readonly trials = { won: 0, lost: 0, ended: 0 };
  private readonly trialTasks: number[] = [];
  private readonly held = new Map<string, { inside: number; of: number }>();
  private judged = 0;
  private reduction = 0;
  private gain = 0;

  constructor(private readonly cell: Cell) {}

  verdict(verdict: 'pass' | 'fail' | 'inconclusive' | 'error', truth: Truth): void {
    this.judged++;
    this.verdicts[verdict]++;
    this.reduction += truth.reduction;
    this.gain += truth.successGain;
  }

  interval(name: string, interval: { low: number; high: number } | null, truth: number): void {
    // Two models that never answer differently have no interval to speak of.
    if (interval === null || (interval.low === 0 && interval.high === 0)) return;
    const held = this.held.get(name) ?? { inside: 0, of: 0 };
    held.of++;
    if (interval.low <= truth && truth <= interval.high) held.inside++;
    this.held.set(name, held);
  }

  trial({ action, tasks, covered }: { action: 'won' | 'lost' | 'ended'; tasks: number; covered: boolean }): void {
    this.trials[action]++;
    this.trialTasks.push(tasks);
    const held = this.held.get('trial') ?? { inside: 0, of: 0 };
    held.of++;
    if (covered) held.inside++;
    this.held.set('trial', held);
  }

  /** Of the kinds of intervals that were shown often enough. */
  leastCoverage(): number {
    const often = [...this.held.values()].filter(({ of }) => of >= FEWEST_SHOWN);
    return Math.min(1, ...often.map(({ inside, of }) => inside / of));
  }

  result(): CellResult {
    const share = (count: number) => Math.round((1000 * count) / this.judged) / 1000;
    const median = this.trialTasks.sort((a, b) => a - b)[Math.floor(this.trialTasks.length / 2)];
    return {
      ...this.cell,
      replications: this.judged,
      true_reduction: Math.round((1000 * this.reduction) / this.judged) / 1000,
      true_success_gain: Math.round((1000 * this.gain) / this.judged) / 1000,
      pass: share(this.verdicts.pass),
      fail: share(this.verdicts.fail),
      inconclusive: share(this.verdicts.inconclusive),
      trial_won: share(this.trials.won),
      trial_lost: share(this.trials.lost),
      trial_tasks_median: median ?? null,
      let_through: share(this.verdicts.pass + this.trials.won),
      shown: Object.fromEntries([...this.held].map(([name, { inside, of }]) => [name, [inside, of]])),
      coverage: Object.fromEntries(
        [...this.held].map(([name, { inside, of }]) => [
          name,
          of < FEWEST_SHOWN ? null : Math.round((1000 * inside) / of) / 1000,
        ]),
      ),
    };
  }
}
