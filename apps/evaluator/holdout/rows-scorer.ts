import type { Setting } from '#models/evaluators/walks/perfect-trees';
import type { SettingsEvaluator } from '#models/evaluators/walks/settings-evaluator';

/** What a model says of some rows. */
export interface ScoredRows {
  /** Rows × classes: probabilities where the row's action was executed. */
  readonly answers: Float64Array<ArrayBuffer>;
  /** What it would decide for each row: an action, or a class of a model without actions. */
  readonly decisions: Int32Array<ArrayBuffer>;
  /** The probability it gives to that. */
  readonly sureness: Float64Array<ArrayBuffer>;
  /** Rows on which it gives all actions the same chance; none for a model without actions. */
  readonly alike: number;
}

/** Chances that differ by less are the same: a model that does not look at the action gives the very same number. */
const SAME_CHANCE = 1e-6;

type Matrix = Float32Array<ArrayBuffer>;
type Numbers = Int32Array<ArrayBuffer>;

/** Scores rows, here or in another thread. */
export interface Scorer {
  /**
   * Takes both arrays over: they may be empty afterwards.
   *
   * @param executed number of each row's action; one that is no action of the model for what it does not know
   */
  score(matrix: Matrix, executed: Numbers): ScoredRows | Promise<ScoredRows>;
}

/** A model's actions and classes, and the columns of its rows. */
export interface Shape {
  readonly width: number;
  readonly classes: number;
  /** How many actions it knows, whose columns are the last ones; none for a plain classifier. */
  readonly actions: number;
}

/**
 * The settings that a row is scored under: every action in turn, and none of them last, for rows whose executed action the
 * model does not know: it has no column of its own, so they are scored by the site alone. Just one for a classifier.
 */
export function settingsOf({ width, actions }: Shape, someUnknown: boolean): Setting[] {
  const columns = Array.from({ length: actions }, (_, i) => width - actions + i);
  const settings = columns.map((own) => new Map(columns.map((column) => [column, column === own ? 1 : 0])));
  return actions === 0 || someUnknown ? [...settings, new Map(columns.map((column) => [column, 0]))] : settings;
}

/** Asks a model what serving would ask it: every action in turn for the best one, or for the most probable class. */
export class RowsScorer implements Scorer {
  constructor(
    private readonly evaluator: SettingsEvaluator,
    private readonly shape: Shape,
    private readonly settings: number,
  ) {}

  score(matrix: Float32Array, executed: Int32Array): ScoredRows {
    const { classes, actions } = this.shape;
    const rows = executed.length;
    const said = this.evaluator.predict(matrix, rows);
    const answers = new Float64Array(rows * classes);
    const decisions = new Int32Array(rows);
    const sureness = new Float64Array(rows);
    const perRow = this.settings * classes;
    // Without actions the choice is among the classes; with them, each action counts by its success, the last class.
    let alike = 0;
    const [firstChoice, step, choices] = actions === 0 ? [0, 1, classes] : [classes - 1, classes, actions];
    for (let row = 0; row < rows; row++) {
      const from = row * perRow;
      const own = executed[row] ?? -1;
      const setting = own >= 0 && own < actions ? own : this.settings - 1;
      for (let c = 0; c < classes; c++) answers[row * classes + c] = said[from + setting * classes + c] ?? 0;
      let best = 0;
      let probability = said[from + firstChoice] ?? 0;
      let least = probability;
      for (let choice = 1; choice < choices; choice++) {
        const other = said[from + firstChoice + choice * step] ?? 0;
        if (other > probability) {
          best = choice;
          probability = other;
        } else if (other < least) least = other;
      }
      if (actions > 0 && probability - least < SAME_CHANCE) alike++;
      decisions[row] = best;
      sureness[row] = probability;
    }
    return { answers, decisions, sureness, alike };
  }
}
