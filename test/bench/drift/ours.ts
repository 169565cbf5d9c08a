import { sumOfArms } from '#domain/canary/curve';
import type { Arm, Arms } from '#domain/canary/difference';
import { decideTrial } from '#domain/canary/trial';
import { World } from '#domain/deployment/world.fixture';
import { recovers } from '#domain/evaluation/recent';
import { choose as explore } from '#domain/exploration/choose';
import { type DropState, dropFound, observe, startWatch } from '#domain/monitoring/accuracy-drop';
import { type LiveReferences, referenceOf } from '#domain/monitoring/live-reference';
import { rowsForNextTraining, SETTLED_ROWS } from '#domain/monitoring/recovery';
import { seededRandom } from '#domain/statistics/random';
import { judgeOn } from './judge.js';
import { type Choose, type Stream, timeOf } from './stream.js';
import { isSecond, type Learnt, type LearntRow, trainOn } from './train.js';

/** How often anybody trains by schedule. */
export const WEEK = 4_000;
const FIRST_TRAINING = 500;
/** Tasks between two looks at a trial, and at the rows since a drop. */
const LOOK_EVERY = 50;

/** What became of the live model's accuracy on the test rows: [rows since the onset, accuracy] whenever something else went live. */
export type Curve = readonly (readonly [number, number])[];

export interface Run {
  readonly curve: Curve;
  /** Versions that were promoted though they are worse than what they took the place of. */
  readonly falsePromotions: number;
  readonly alarms: number;
  readonly trainings: number;
  /** Number of the row with which the drop was found; null where none was. */
  readonly detectedAt: number | null;
}

/** How the loop is run. */
export interface Rules {
  /** Rows between two trainings by schedule. */
  readonly week: number;
  readonly exploration: number;
  /** Told whenever another version went live. */
  readonly wentLive: (number: number, now: Learnt, before: Learnt | null, why: 'deployed' | 'rolled-back') => void;
  /** Told of verdicts, trials and alarms, for trying things out. */
  readonly told: (number: number, what: string, model?: Learnt) => void;
}

const USUAL: Rules = { week: WEEK, exploration: 0.05, wentLive: () => undefined, told: () => undefined };

interface Version {
  readonly name: string;
  readonly model: Learnt;
  readonly references: LiveReferences;
  readonly accuracy: number;
  watch: DropState;
}

/** Outcomes of the trial that is under way, by the step of its share. */
interface Trial {
  readonly deployment: string;
  readonly steps: { percent: number; arms: Arms }[];
}

interface Episode {
  readonly version: string;
  readonly onset: number;
  open: boolean;
}

const numberAt = (at: string): number => Math.round((Date.parse(at) - timeOf(0)) / 60_000);

/**
 * The loop of the services in one process, from their own domain code: training with its choice of a window, the gate on recent and
 * whole, the monitor, the registry's state machine, trials. No hand is on it.
 */
export class Ours {
  private readonly registry = new World('serving');
  private readonly versions = new Map<string, Version>();
  private readonly episodes: Episode[] = [];
  private readonly rows: LearntRow[] = [];
  private readonly curve: [number, number][] = [];
  private readonly random = seededRandom(11);
  private asked: number | null = null;
  private trainings = 0;
  private falsePromotions = 0;
  private alarms = 0;
  private detectedAt: number | null = null;
  private shown: string | null = null;
  private trial: Trial | null = null;

  constructor(
    private readonly stream: Stream,
    private readonly library: string | null,
    private readonly rules: Rules = USUAL,
  ) {
    const { canary } = stream.definition;
    this.registry.canarySteps = [...canary.steps];
    this.registry.trialSteps = [...canary.trial.steps];
  }

  async run(): Promise<Run> {
    for (let number = 0; number < this.stream.rows; number++) {
      this.registry.now = new Date(timeOf(number));
      this.act(number);
      if (this.rows.length === FIRST_TRAINING || (number + 1) % this.rules.week === 0) await this.train();
      else if (number % LOOK_EVERY === 0) await this.look(number);
    }
    this.note(this.stream.rows);
    const { curve, falsePromotions, alarms, trainings, detectedAt } = this;
    return { curve, falsePromotions, alarms, trainings, detectedAt };
  }

  private live(): Version | null {
    const name = this.registry.state.live?.version;
    return (name && this.versions.get(name)) || null;
  }

  private challenger(): Version | null {
    const { active } = this.registry.state;
    return active?.phase === 'canary' ? (this.versions.get(active.to.version) ?? null) : null;
  }

  /** One task: who answers, what comes of it, and what the monitor makes of that. */
  private act(number: number): void {
    const live = this.live();
    const challenger = this.challenger();
    const { active } = this.registry.state;
    const percent = active?.phase === 'canary' ? active.percent : 0;
    const onTrial = challenger !== null && this.random() * 100 < percent;
    const acting = onTrial ? challenger : live;
    const row = { number, ...this.stream.row(number, acting && this.chooser(acting)) };
    this.rows.push(row);
    if (acting === null) return;
    const succeeded = isSecond(row, acting.model.manifest);
    const step = this.trial?.steps.at(-1);
    if (step !== undefined) count(onTrial ? step.arms.canary : step.arms.live, !succeeded);
    const chosen = row.action !== null && acting.model.actions[acting.model.best(row.features).action] === row.action;
    const correct = acting.model.isRight(row);
    const reference = referenceOf(acting.references, row.action === null ? true : chosen);
    const before = acting.watch;
    const at = new Date(timeOf(number)).toISOString();
    acting.watch = observe(before, { correct, at }, reference, this.stream.definition.monitoring.accuracy_drop);
    const found = before.alarmed ? null : dropFound(acting.watch);
    if (found) this.alarm(acting, numberAt(found.onsetAt), number);
    if (before.alarmed && !acting.watch.alarmed)
      for (const episode of this.episodes) if (episode.version === acting.name) episode.open = false;
  }

  private chooser({ model }: Version): Choose | null {
    if (model.actions.length === 0) return null;
    return (features) => {
      const positions = model.actions.map((_, i) => i);
      const { option, propensity } = explore(
        model.best(features).action,
        positions,
        this.rules.exploration,
        this.random,
      );
      return { action: model.actions[option] ?? '', propensity };
    };
  }

  private alarm(version: Version, onset: number, number: number): void {
    this.alarms++;
    this.rules.told(number, `accuracy of ${version.name} has dropped since ${onset}`, version.model);
    this.detectedAt ??= number;
    this.episodes.push({ version: version.name, onset, open: true });
    const { live, active, generation } = this.registry.state;
    const since = live?.version === version.name ? live.generation : (active?.generation ?? generation);
    this.registry.send({ kind: 'accuracy-drop', version: version.name, generation: since, detail: 'accuracy dropped' });
    this.settle(number);
  }

  /** The view `evaluation.accuracy_drops`. */
  private openOnset(): number | null {
    const live = this.live();
    const open = this.episodes.filter(
      ({ open, version, onset }) =>
        open && live !== null && (version === live.name || live.model.until - onset < SETTLED_ROWS),
    );
    return open.length === 0 ? null : Math.min(...open.map(({ onset }) => onset));
  }

  private async look(number: number): Promise<void> {
    this.lookAtTrial(number);
    const onset = this.openOnset();
    if (onset === null) {
      this.asked = null;
      return;
    }
    const since = number - onset;
    if (since < rowsForNextTraining(this.asked)) return;
    this.asked = since;
    await this.train();
  }

  private async train(): Promise<void> {
    const number = this.rows.length;
    this.trainings++;
    const onset = this.openOnset();
    const known = [...new Set(this.episodes.map((episode) => episode.onset))].sort((a, b) => b - a).slice(0, 3);
    const model = await trainOn(this.stream.definition, this.rows, known, this.library);
    const champion = this.live();
    const { gate, references } = judgeOn(this.rows, model, champion?.model ?? null, onset);
    const name = `v1.${this.trainings}.0`;
    const accuracy = model.accuracy(this.stream.test);
    this.versions.set(name, { name, model, references, accuracy, watch: startWatch() });
    const isRecovery = recovers(gate);
    if (champion) this.rules.told(number, `live is ${champion.name}`, champion.model);
    const decisive = gate.recent?.decides ? `${gate.recent.rows} rows since the drop` : 'the whole holdout';
    this.rules.told(
      number,
      `${name}, of rows ${model.manifest.window?.name}: ${gate.verdict} by ${decisive}. ${gate.summary}`,
      model,
    );
    if (process.env.DRIFT_VERBOSE)
      process.stderr.write(
        `${this.stream.name} ${number}: ${gate.verdict} ${model.manifest.window?.name} ${accuracy.toFixed(3)} against ${champion?.accuracy.toFixed(3)} ${isRecovery} ${gate.summary}\n`,
      );
    this.registry.register(name, gate.verdict, gate.verdict === 'pass' ? 'registered' : 'rejected');
    const judged = { version: name, champion: champion?.name ?? null, reason: gate.summary, recovers: isRecovery };
    if (gate.verdict === 'pass') this.registry.send({ kind: 'gate-pass', ...judged });
    else if (
      this.stream.definition.canary.on_inconclusive === 'trial' &&
      gate.verdict === 'inconclusive' &&
      gate.trial?.suited &&
      gate.trial.measure !== undefined &&
      gate.trial.wanted !== undefined &&
      champion
    )
      this.registry.send({
        kind: 'gate-trial',
        ...judged,
        champion: champion.name,
        trial: {
          measure: gate.trial.measure,
          wanted: gate.trial.wanted,
          urgent: isRecovery,
        },
      });
    this.settle(number);
  }

  private lookAtTrial(number: number): void {
    const { active } = this.registry.state;
    if (active?.phase !== 'canary' || active.trial === null || this.trial === null) return;
    const steps = this.trial.steps.map(({ arms }) => arms);
    const all = sumOfArms(steps);
    const decision = decideTrial({
      plan: this.stream.definition.canary.trial,
      percent: active.percent,
      startedAt: new Date(active.started_at),
      now: this.registry.now,
      changed: steps,
      all,
      outcomesInStep: steps.at(-1)?.canary.outcomes ?? 0,
      ...active.trial,
      tolerated: this.stream.definition.monitoring.accuracy_drop,
      troubles: [],
    });
    if (decision.action !== 'hold')
      this.rules.told(number, `trial of ${active.to.version}: ${decision.action}. ${decision.reasons.join(' ')}`);
    const move = { actor: 'canary', reason: decision.reasons.join(' '), expectedGeneration: null };
    if (decision.action === 'won' || decision.action === 'advance')
      this.registry.send({ kind: 'canary-advance', ...move, outcomes: 0, won: decision.action === 'won' });
    else if (decision.action !== 'hold') this.registry.send({ kind: 'canary-abort', ...move, trigger: 'trial' });
    this.settle(number);
  }

  /** Every instance follows at once. */
  private settle(number: number): void {
    for (let i = 0; i < 10; i++) {
      const { active } = this.registry.state;
      if (active === null || (active.phase === 'canary' && active.deadline_at === null)) break;
      this.registry.ack(active.phase === 'staging' ? 'loaded' : 'activated', 'serving');
    }
    this.followTrial();
    this.note(number);
  }

  private followTrial(): void {
    const { active } = this.registry.state;
    if (active?.phase !== 'canary') {
      this.trial = null;
      return;
    }
    const { deployment_id: deployment, percent } = active;
    if (this.trial?.deployment !== deployment) this.trial = { deployment, steps: [] };
    const arm = (): Arm => ({ outcomes: 0, failures: 0 });
    if (this.trial.steps.at(-1)?.percent !== percent)
      this.trial.steps.push({ percent, arms: { canary: arm(), live: arm() } });
  }

  /** Keeps what is live, and whether it should be. */
  private note(number: number): void {
    const live = this.live();
    if (live === null || live.name === this.shown) return;
    const before = this.shown === null ? null : this.versions.get(this.shown);
    const isNew = this.registry.state.history.some(({ version }) => version === this.shown);
    if (before && isNew && live.accuracy < before.accuracy - 0.005) this.falsePromotions++;
    this.rules.wentLive(number, live.model, before?.model ?? null, isNew ? 'deployed' : 'rolled-back');
    this.shown = live.name;
    live.watch = startWatch();
    this.curve.push([number - (this.stream.onset ?? 0), live.accuracy]);
  }
}

function count(arm: Arm, failed: boolean): void {
  Object.assign(arm, { outcomes: arm.outcomes + 1, failures: arm.failures + (failed ? 1 : 0) });
}
