import type { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import type { LoadedModel } from './loaded-model.js';

/** What scoring needs of a model. */
export interface ScoringModel extends Pick<LoadedModel, 'encoder' | 'evaluator'> {
  readonly manifest: Pick<LoadedModel['manifest'], 'definition' | 'classes'>;
}

/** What a model would decide for a row, and the probability it gives to that. */
export interface Decision {
  /** Position among the model's own actions, or classes for a plain classifier. */
  readonly index: number;
  readonly probability: number;
}

/** Both answers to one row. */
export interface Answered {
  /** Probabilities of the classes where the row's action was executed. */
  readonly answer: Float64Array;
  readonly decision: Decision;
}

/** The actions a model chooses among; none for a plain classifier. */
export function actionsOf(definition: ModelDefinition): readonly string[] {
  return definition.kind === 'action-outcome' ? definition.actions : [];
}

/** Asks a model what serving would ask it: every action in turn for the best one, or for the most probable class. */
export class DecisionScorer {
  private readonly row: Float32Array;
  private readonly out: Float64Array;
  private readonly actions: readonly string[];

  constructor(private readonly model: ScoringModel) {
    this.row = new Float32Array(model.encoder.width);
    this.out = new Float64Array(model.manifest.classes.length);
    this.actions = actionsOf(model.manifest.definition);
  }

  /**
   * What it says of many rows, which go through a tree together: a third of the time. An action that the model does not
   * know has no column of its own; where one was executed, the row is scored by the site alone.
   */
  batch(rows: readonly { readonly features: RawRow; readonly action: string | null }[]): Answered[] {
    const { encoder, evaluator } = this.model;
    const { width } = encoder;
    // One line of the matrix per action, and one by the site alone where the executed action is none of them.
    const tried = rows.map(({ action }) =>
      action !== null && this.actions.includes(action) ? this.actions : [null, ...this.actions],
    );
    const matrix = new Float32Array(tried.reduce((lines, { length }) => lines + length, 0) * width);
    let at = 0;
    rows.forEach(({ features }, r) => {
      const first = at;
      for (const action of tried[r] ?? []) {
        // Copying a line is faster than reading the row again; encodeAction clears the action it was copied with.
        if (at === first) encoder.encode(features, matrix, at);
        else matrix.copyWithin(at, first, first + width);
        if (action !== null) encoder.encodeAction(action, matrix, at);
        at += width;
      }
    });
    const classes = this.out.length;
    const said = evaluator.predict(matrix, at / width);
    let line = 0;
    return rows.map(({ action }, r): Answered => {
      const first = line;
      line += tried[r]?.length ?? 0;
      const own = action === null ? -1 : this.actions.indexOf(action);
      const start = (first + Math.max(0, own)) * classes;
      const firstAction = own < 0 ? first + 1 : first;
      const answer = said.subarray(start, start + classes);
      return {
        answer,
        decision: highest(
          this.actions.length === 0
            ? answer
            : this.actions.map((_, i) => said[(firstAction + i + 1) * classes - 1] ?? 0),
        ),
      };
    });
  }

  score(features: RawRow): Decision {
    this.model.encoder.encode(features, this.row, 0);
    if (this.actions.length === 0) {
      this.model.evaluator.predictRow(this.row, 0, this.out);
      return highest(this.out);
    }
    const success = this.actions.map((action) => {
      this.model.encoder.encodeAction(action, this.row, 0);
      this.model.evaluator.predictRow(this.row, 0, this.out);
      return this.out[this.out.length - 1] ?? 0;
    });
    return highest(success);
  }
}

function highest(probabilities: ArrayLike<number>): Decision {
  let best = { index: 0, probability: probabilities[0] ?? 0 };
  for (let index = 1; index < probabilities.length; index++) {
    const probability = probabilities[index] ?? 0;
    if (probability > best.probability) best = { index, probability };
  }
  return best;
}
