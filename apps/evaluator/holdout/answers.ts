import { readText } from '#domain/encoding/coercion';
import type { HoldoutAnswers } from '#domain/evaluation/judgement';
import type { LoggedDecisions } from '#domain/evaluation/logged-decisions';
import type { SliceInput } from '#domain/evaluation/slices';
import { decileOf } from '#domain/monitoring/live-histogram';
import type { HoldoutRow } from '#models/training/holdout';
import { actionsOf, DecisionScorer, type ScoringModel } from './decision-scorer.js';

/** A feature with more values than this has slices too small to say anything. */
const MOST_SLICES = 40;

/**
 * Collects what challenger and champion answer for the holdout rows, chunk by chunk. Each model reads the raw rows
 * through its own encoders; the champion's answers are put in the order of the challenger's classes and actions.
 */
export class AnswerCollector {
  private readonly truth: number[] = [];
  private readonly executed: number[] = [];
  private readonly propensity: number[] = [];
  private readonly actions: string[];
  private readonly challenger: ModelAnswers;
  private readonly champion: ModelAnswers | null;
  private readonly slices: { feature: string; field: string; values: string[] }[];

  constructor(challenger: ScoringModel, champion: ScoringModel | null) {
    const { definition, classes } = challenger.manifest;
    this.actions = [...actionsOf(definition)];
    if (champion) for (const action of actionsOf(champion.manifest.definition)) this.indexOf(action);
    this.challenger = new ModelAnswers(challenger, classes, this.actions);
    this.champion = champion && new ModelAnswers(champion, classes, this.actions);
    this.slices = definition.features
      .filter((feature) => feature.kind === 'categorical')
      .map(({ name }) => ({ feature: name, field: name, values: [] }));
    this.classes = classes;
  }

  readonly classes: readonly string[];

  get rows(): number {
    return this.truth.length;
  }

  add(rows: readonly HoldoutRow[]): void {
    this.challenger.add(rows);
    this.champion?.add(rows);
    for (const row of rows) {
      this.truth.push(row.y);
      this.executed.push(row.action === null ? -1 : this.indexOf(row.action));
      this.propensity.push(row.propensity ?? Number.NaN);
      for (const slice of this.slices) slice.values.push(readText(row.features[slice.field]) ?? '(missing)');
    }
  }

  /** Rows per tenth of the probability the challenger gives to what it would have decided. */
  get decisionDeciles(): readonly number[] {
    return this.challenger.deciles;
  }

  finish(): HoldoutAnswers {
    const truth = Int32Array.from(this.truth);
    const executed = Int32Array.from(this.executed);
    const choosesActions = this.actions.length > 0;
    const decisions: LoggedDecisions | null = choosesActions
      ? {
          executed,
          failed: Uint8Array.from(truth, (y) => (y === 0 ? 1 : 0)),
          propensity: Float64Array.from(this.propensity),
          challenger: Int32Array.from(this.challenger.choices),
          champion: this.champion && Int32Array.from(this.champion.choices),
        }
      : null;
    return {
      classes: this.classes,
      truth,
      challenger: Float64Array.from(this.challenger.probabilities),
      champion: this.champion && Float64Array.from(this.champion.probabilities),
      decisions,
      slices: this.sliceInputs(executed),
    };
  }

  private sliceInputs(executed: Int32Array): SliceInput[] {
    const byFeature = this.slices.filter(({ values }) => new Set(values).size <= MOST_SLICES);
    const byAction = { feature: 'action', values: Array.from(executed, (action) => this.actions[action] ?? '') };
    return this.actions.length > 0 ? [byAction, ...byFeature] : byFeature;
  }

  private indexOf(action: string): number {
    const index = this.actions.indexOf(action);
    return index >= 0 ? index : this.actions.push(action) - 1;
  }
}

/** One model's probabilities and choices. */
class ModelAnswers {
  readonly probabilities: number[] = [];
  /** Index of the action it would have chosen, for models that choose. */
  readonly choices: number[] = [];
  /** Rows per tenth of the probability it gives to what it would have decided. */
  readonly deciles = new Array<number>(10).fill(0);
  private readonly scorer: DecisionScorer;
  /** Where in the model's own answer each wanted class is; -1 if the model does not know it. */
  private readonly positions: readonly number[];
  private readonly ownActions: readonly number[];

  constructor(model: ScoringModel, classes: readonly string[], actions: readonly string[]) {
    this.scorer = new DecisionScorer(model);
    this.positions = classes.map((name) => model.manifest.classes.indexOf(name));
    this.ownActions = actionsOf(model.manifest.definition).map((name) => actions.indexOf(name));
  }

  add(rows: readonly HoldoutRow[]): void {
    for (const { answer, decision } of this.scorer.batch(rows)) {
      for (const position of this.positions) this.probabilities.push(position < 0 ? 0 : (answer[position] ?? 0));
      if (this.ownActions.length > 0) this.choices.push(this.ownActions[decision.index] ?? -1);
      const decile = decileOf(decision.probability);
      this.deciles[decile] = (this.deciles[decile] ?? 0) + 1;
    }
  }
}
