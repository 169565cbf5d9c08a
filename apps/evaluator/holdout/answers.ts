import type { HoldoutAnswers } from '#domain/evaluation/judgement';
import type { LoggedDecisions, PolicyChoices } from '#domain/evaluation/logged-decisions';
import { decileOf } from '#domain/monitoring/live-histogram';
import { readText } from '#features/coercion';
import { kindNamed } from '#features/kinds';
import type { Setting } from '#models/evaluators/walks/perfect-trees';
import type { HoldoutRows } from '#models/training/rows/holdout';
import { actionsOf } from './decision-scorer.js';
import type { LoadedModel } from './loaded-model.js';
import { type ScoredRows, type Scorer, type Shape, settingsOf } from './rows-scorer.js';
import { SliceValues } from './slice-values.js';

/** What scoring many rows needs of a model. */
export interface JudgedModel extends Pick<LoadedModel, 'encoder'> {
  readonly manifest: Pick<LoadedModel['manifest'], 'definition' | 'classes'>;
  scorer(shape: Shape, settings: readonly Setting[]): Scorer;
}

export interface CollectedAnswers extends HoldoutAnswers {
  /** When the outcome of each row was seen, in milliseconds since 1970. */
  readonly times: Float64Array;
  /** Rows per tenth of the probability the challenger gives to what it would have decided. */
  readonly decisionDeciles: readonly number[];
}

/**
 * Collects what challenger and champion answer for the holdout rows, as they come. Each model reads the raw rows through
 * its own encoders; the champion's answers are put in the order of the challenger's classes and actions.
 */
export class AnswerCollector {
  private readonly taken: Omit<HoldoutRows, 'features' | 'taskIds'>[] = [];
  private readonly actions: string[];
  private readonly challenger: ModelAnswers;
  private readonly champion: ModelAnswers | null;
  private readonly actionSlice = new SliceValues('action');
  private readonly slices: { readonly field: string; readonly values: SliceValues }[];
  private readonly classes: readonly string[];

  constructor(challenger: JudgedModel, champion: JudgedModel | null) {
    const { definition, classes } = challenger.manifest;
    const known = actionsOf(definition);
    this.classes = classes;
    this.actions = [...new Set([...known, ...(champion ? actionsOf(champion.manifest.definition) : [])])];
    this.challenger = new ModelAnswers(challenger, classes, known, this.actions);
    this.champion = champion && new ModelAnswers(champion, classes, known, this.actions);
    this.slices = definition.features
      .filter(({ kind }) => kindNamed(kind).sliced)
      .map(({ name }) => ({ field: name, values: new SliceValues(name) }));
  }

  get rows(): number {
    return this.taken.reduce((sum, { count }) => sum + count, 0);
  }

  add(rows: HoldoutRows): void {
    const { count, y, action, propensity, times, features } = rows;
    this.challenger.add(rows);
    this.champion?.add(rows);
    this.taken.push({ count, y, action, propensity, times });
    if (this.actions.length > 0) for (const executed of action) this.actionSlice.add(this.actions[executed] ?? '');
    for (const { field, values } of this.slices)
      for (const row of features) values.add(readText(row[field]) ?? '(missing)');
  }

  /** What there is to be judged. */
  async finish(): Promise<CollectedAnswers> {
    const challenger = await this.challenger.finish();
    const champion = this.champion && (await this.champion.finish());
    const truth = joined(
      Int32Array,
      this.taken.map(({ y }) => y),
    );
    const choosesActions = this.actions.length > 0;
    const decisions: LoggedDecisions | null = choosesActions
      ? {
          executed: joined(
            Int32Array,
            this.taken.map(({ action }) => action),
          ),
          failed: Uint8Array.from(truth, (y) => (y === 0 ? 1 : 0)),
          propensity: joined(
            Float64Array,
            this.taken.map(({ propensity }) => propensity),
          ),
          challenger: challenger.choices,
          champion: champion?.choices ?? null,
          alike: challenger.alike,
        }
      : null;
    const slices = this.slices.map(({ values }) => values.finish());
    return {
      classes: this.classes,
      truth,
      challenger: challenger.probabilities,
      champion: champion?.probabilities ?? null,
      decisions,
      slices: [choosesActions ? this.actionSlice.finish() : null, ...slices].filter((slice) => slice !== null),
      times: joined(
        Float64Array,
        this.taken.map(({ times }) => times),
      ),
      decisionDeciles: challenger.deciles,
    };
  }
}

/** One model's probabilities and choices. */
class ModelAnswers {
  private readonly scored: (ScoredRows | Promise<ScoredRows>)[] = [];
  private readonly scorer: Scorer;
  /** Number of its own for each action of the challenger, -1 for one it does not know. */
  private readonly ownOf: readonly number[];
  /** Where in the model's own answer each wanted class is; -1 if the model does not know it. */
  private readonly positions: readonly number[];
  /** What its actions are among all of them. */
  private readonly actionOf: readonly number[];

  constructor(
    private readonly model: JudgedModel,
    classes: readonly string[],
    executable: readonly string[],
    actions: readonly string[],
  ) {
    const own = actionsOf(model.manifest.definition);
    this.ownOf = executable.map((name) => own.indexOf(name));
    this.positions = classes.map((name) => model.manifest.classes.indexOf(name));
    this.actionOf = own.map((name) => actions.indexOf(name));
    const shape = { width: model.encoder.width, classes: model.manifest.classes.length, actions: own.length };
    this.scorer = model.scorer(shape, settingsOf(shape, this.ownOf.includes(-1)));
  }

  add({ count, features, action }: HoldoutRows): void {
    const { encoder } = this.model;
    const matrix = new Float32Array(count * encoder.width);
    for (const [row, raw] of features.entries()) encoder.encode(raw, matrix, row * encoder.width);
    const executed = action.map((number) => this.ownOf[number] ?? -1);
    this.scored.push(this.scorer.score(matrix, executed));
  }

  async finish() {
    const scored = await Promise.all(this.scored);
    const answers = joined(
      Float64Array,
      scored.map((batch) => batch.answers),
    );
    const decisions = joined(
      Int32Array,
      scored.map((batch) => batch.decisions),
    );
    const success = joined(
      Float64Array,
      scored.map((batch) => batch.sureness),
    );
    const choices: PolicyChoices = { action: decisions.map((own) => this.actionOf[own] ?? -1), success };
    return {
      deciles: decilesOf(success),
      probabilities: this.inWantedOrder(answers),
      /** Of each row, the number among all actions of what it would have chosen. */
      choices,
      alike: scored.reduce((sum, batch) => sum + batch.alike, 0),
    };
  }

  private inWantedOrder(own: Float64Array): Float64Array {
    const { positions } = this;
    const classes = this.model.manifest.classes.length;
    if (positions.length === classes && positions.every((position, k) => position === k)) return own;
    const rows = own.length / classes;
    const wanted = new Float64Array(rows * positions.length);
    for (let row = 0, at = 0; row < rows; row++)
      for (const position of positions) wanted[at++] = position < 0 ? 0 : (own[row * classes + position] ?? 0);
    return wanted;
  }
}

/** Rows per tenth of a probability. */
export function decilesOf(probabilities: Float64Array): number[] {
  const deciles = new Array<number>(10).fill(0);
  for (const probability of probabilities) {
    const decile = decileOf(probability);
    deciles[decile] = (deciles[decile] ?? 0) + 1;
  }
  return deciles;
}

type Joinable = Int32Array | Float64Array;

function joined<A extends Joinable>(Type: new (length: number) => A, parts: readonly A[]): A {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
