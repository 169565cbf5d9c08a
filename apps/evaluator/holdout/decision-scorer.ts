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
