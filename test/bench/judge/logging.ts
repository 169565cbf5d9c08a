import type { Random } from '#domain/statistics/random';
import { ACTIONS, type Model, SITES, sigmoid, type World } from './world.js';

/** Who chose the actions of the holdout's rows, and what of it was logged. */
export interface Regime {
  readonly name: string;
  /** Share of the tasks in which serving explores. */
  readonly exploration: number;
  /** Share of the tasks done by the engine's own rule, whose probabilities nobody logs. */
  readonly ownRule: number;
  /** The engine refuses explored actions that would fail, half of the time: it knows something. */
  readonly overrides: boolean;
  /** The rule goes by what a task happens to favour, which no model sees. */
  readonly knowsMore: boolean;
}

const regime = (name: string, exploration: number, ownRule: number, more: Partial<Regime> = {}): Regime => ({
  name,
  exploration,
  ownRule,
  overrides: false,
  knowsMore: false,
  ...more,
});

export const REGIMES: readonly Regime[] = [
  regime('follows, exploration 0', 0, 0),
  regime('follows, exploration 0.05', 0.05, 0),
  regime('follows in 85 %, exploration 0', 0, 0.15),
  regime('follows in 85 %, exploration 0.05', 0.05, 0.15),
  regime('overrides explored actions, exploration 0.05', 0.05, 0, { overrides: true }),
  regime('own rule alone', 0, 1),
  regime('own rule that knows more', 0, 1, { knowsMore: true }),
];

/** Share of the rule's choices that are anything at all. */
const RANDOM_SHARE = 0.4;
const FOLLOWS_HIDDEN = 0.5;

export interface LoggedTask {
  readonly site: number;
  readonly executed: number;
  readonly propensity: number;
  /** P(success) of what was executed, knowing all. */
  readonly success: number;
  readonly succeeded: boolean;
}

/** One task of the past. */
export function drawTask(world: World, champion: Model, rule: Model, of: Regime, random: Random): LoggedTask {
  const site = Math.floor(random() * SITES);
  const favoured = Math.floor(random() * ACTIONS);
  const byRule = (): number => {
    if (of.knowsMore && random() < FOLLOWS_HIDDEN) return favoured;
    return random() < RANDOM_SHARE ? Math.floor(random() * ACTIONS) : (rule.choice[site] ?? 0);
  };
  const carryOut = (executed: number, propensity: number): LoggedTask => {
    const success = sigmoid(
      (world.logits[site * ACTIONS + executed] ?? 0) + (executed === favoured ? world.hiddenLogit : 0),
    );
    return { site, executed, propensity, success, succeeded: random() < success };
  };
  if (of.ownRule > 0 && random() < of.ownRule) return carryOut(byRule(), Number.NaN);
  const best = champion.choice[site] ?? 0;
  if (of.exploration === 0) return carryOut(best, 1);
  const other = of.exploration / ACTIONS;
  const chosen = random() < of.exploration ? Math.floor(random() * ACTIONS) : best;
  const task = carryOut(chosen, chosen === best ? 1 - of.exploration + other : other);
  const refused = of.overrides && chosen !== best && !task.succeeded && random() < 0.5;
  return refused ? carryOut(best, Number.NaN) : task;
}

/** What may become of a task on a site, with its chance and P(success): `drawTask` without the draw. */
export function possibleTasks(
  world: World,
  champion: Model,
  rule: Model,
  of: Regime,
  site: number,
): { executed: number; chance: number; success: number }[] {
  const tasks: { executed: number; chance: number; success: number }[] = [];
  for (let favoured = 0; favoured < ACTIONS; favoured++) {
    const successOf = (executed: number) =>
      sigmoid((world.logits[site * ACTIONS + executed] ?? 0) + (executed === favoured ? world.hiddenLogit : 0));
    const add = (executed: number, chance: number, success = successOf(executed)) => {
      if (chance > 0) tasks.push({ executed, chance: chance / ACTIONS, success });
    };
    const byFavour = of.knowsMore ? of.ownRule * FOLLOWS_HIDDEN : 0;
    add(favoured, byFavour);
    const best = champion.choice[site] ?? 0;
    for (let action = 0; action < ACTIONS; action++) {
      const byRule = RANDOM_SHARE / ACTIONS + (action === rule.choice[site] ? 1 - RANDOM_SHARE : 0);
      add(action, (of.ownRule - byFavour) * byRule);
      const other = of.exploration / ACTIONS;
      const chosen = (1 - of.ownRule) * (action === best ? 1 - of.exploration + other : other);
      if (!of.overrides || action === best) {
        add(action, chosen);
        continue;
      }
      const fails = 1 - successOf(action);
      add(action, chosen * successOf(action), 1);
      add(action, (chosen * fails) / 2, 0);
      add(best, (chosen * fails) / 2);
    }
  }
  return tasks;
}
