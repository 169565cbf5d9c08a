import { correct, type DropFound, type DropState, dropFound, observe, startWatch } from './accuracy-drop.js';
import { type Counted, countPrediction, type JudgedPrediction } from './judged-prediction.js';
import { type LiveReferences, referenceOf } from './live-reference.js';

/** Accuracy is kept by the minute; whoever shows it adds up as many as it likes. */
const WINDOW_MS = 60_000;

/** The watch over one version, from when it went live. */
export interface Watch {
  readonly model: string;
  readonly version: string;
  /** Generation in which the version went live; a later one means that it was away in between. */
  readonly generation: number;
  readonly state: DropState;
}

/** What was counted of a prediction before, should it come again with another outcome. */
export interface EarlierCount {
  readonly windowStart: string;
  readonly correct: boolean;
  readonly failed: boolean;
  readonly agreed: boolean;
  readonly reference: number | null;
}

/** What is known about a version. */
export interface WatchedVersion {
  /** Null where it was never scored on a holdout: then it is counted, but there is nothing to compare with. */
  readonly references: LiveReferences | null;
  /** Generation in which it last went live; null if it is not known to have been. */
  readonly liveGeneration: number | null;
  readonly tolerated: number;
}

export interface WindowChange {
  readonly model: string;
  readonly version: string;
  readonly role: JudgedPrediction['role'];
  readonly windowStart: string;
  outcomes: number;
  correct: number;
  failures: number;
  /** Outcomes of what the version itself decided, and the failures among them. */
  agreed: number;
  agreedFailures: number;
  reference: number | null;
}

export type Episode =
  | { readonly kind: 'opened'; readonly watch: Watch; readonly found: DropFound; readonly at: string }
  | { readonly kind: 'closed'; readonly watch: Watch; readonly at: string };

/** What a batch of judged predictions changes. */
export interface MonitorChanges {
  readonly windows: readonly WindowChange[];
  readonly watches: readonly Watch[];
  readonly episodes: readonly Episode[];
  readonly counts: ReadonlyMap<string, EarlierCount & { readonly judgedSeq: bigint }>;
}

const keyOf = ({ model, version }: { model: string; version: string }) => `${model} ${version}`;

/**
 * Works judged predictions, in their order, into accuracy windows and watches. The result does not depend on how the
 * stream is cut into batches, so a batch stored together with its cursor counts each outcome exactly once.
 */
export class LiveMonitor {
  private readonly windows = new Map<string, WindowChange>();
  private readonly watches = new Map<string, Watch>();
  private readonly touched = new Set<string>();
  private readonly episodes: Episode[] = [];
  private readonly counts = new Map<string, EarlierCount & { judgedSeq: bigint }>();

  constructor(
    watches: readonly Watch[],
    private readonly versionOf: (model: string, version: string) => WatchedVersion,
    private readonly earlier: ReadonlyMap<string, EarlierCount>,
  ) {
    for (const watch of watches) this.watches.set(keyOf(watch), watch);
  }

  add(prediction: JudgedPrediction): void {
    const version = this.versionOf(prediction.model, prediction.version);
    const counted = countPrediction(prediction, version.references?.kind ?? 'action-outcome');
    if (counted === null) return;
    const before = this.counts.get(prediction.predictionId) ?? this.earlier.get(prediction.predictionId) ?? null;
    const reference = version.references && referenceOf(version.references, counted.followed);
    const count = {
      judgedSeq: prediction.judgedSeq,
      windowStart: windowOf(prediction.occurredAt),
      correct: counted.correct,
      failed: counted.failed,
      agreed: counted.agreed,
      reference: reference?.accuracy ?? null,
    };
    if (before) this.countWindow(prediction, before, -1);
    this.countWindow(prediction, count, 1);
    this.counts.set(prediction.predictionId, count);
    if (prediction.role !== 'shadow') this.watch(prediction, counted, version, before);
  }

  changes(): MonitorChanges {
    return {
      windows: [...this.windows.values()],
      watches: [...this.watches].filter(([key]) => this.touched.has(key)).map(([, watch]) => watch),
      episodes: this.episodes,
      counts: this.counts,
    };
  }

  private watch(
    prediction: JudgedPrediction,
    counted: Counted,
    version: WatchedVersion,
    before: EarlierCount | null,
  ): void {
    if (version.references === null) return;
    const watch = this.watchOf(prediction, version);
    if (watch === null) return;
    const reference = referenceOf(version.references, counted.followed);
    const outcome = { correct: counted.correct, at: prediction.occurredAt };
    let { state } = watch;
    if (before === null) state = observe(state, outcome, reference, version.tolerated);
    else if (before.correct !== counted.correct) state = correct(state, outcome, reference, version.tolerated);
    const next = { ...watch, state };
    const found = watch.state.alarmed ? null : dropFound(state);
    if (found) this.episodes.push({ kind: 'opened', watch: next, found, at: prediction.occurredAt });
    if (watch.state.alarmed && !state.alarmed)
      this.episodes.push({ kind: 'closed', watch: next, at: prediction.occurredAt });
    this.watches.set(keyOf(next), next);
    this.touched.add(keyOf(next));
  }

  /** The version's watch; a new one if it went live again since; null for a straggler from its life before. */
  private watchOf(prediction: JudgedPrediction, { liveGeneration }: WatchedVersion): Watch | null {
    const { model, version, generation, occurredAt } = prediction;
    const known = this.watches.get(keyOf(prediction));
    const since = liveGeneration !== null && generation >= liveGeneration ? liveGeneration : null;
    if (known && (since === null || since <= known.generation)) return generation < known.generation ? null : known;
    if (known?.state.alarmed) this.episodes.push({ kind: 'closed', watch: known, at: occurredAt });
    return { model, version, generation: since ?? generation, state: startWatch() };
  }

  private countWindow(prediction: JudgedPrediction, count: EarlierCount, sign: 1 | -1): void {
    const { model, version, role } = prediction;
    const key = `${model} ${version} ${role} ${count.windowStart}`;
    const window = this.windows.get(key) ?? {
      model,
      version,
      role,
      windowStart: count.windowStart,
      outcomes: 0,
      correct: 0,
      failures: 0,
      agreed: 0,
      agreedFailures: 0,
      reference: null,
    };
    window.outcomes += sign;
    if (count.correct) window.correct += sign;
    if (count.failed) window.failures += sign;
    if (count.agreed) window.agreed += sign;
    if (count.agreed && count.failed) window.agreedFailures += sign;
    if (count.reference !== null) window.reference = (window.reference ?? 0) + sign * count.reference;
    this.windows.set(key, window);
  }
}

function windowOf(at: string): string {
  return new Date(Math.floor(Date.parse(at) / WINDOW_MS) * WINDOW_MS).toISOString();
}
