import type { Contributions } from '#contracts/http/serving';
import type { Manifest } from '#contracts/model-package';
import type { VersionRef } from '#contracts/primitives';
import { actionsOf, encoderWidth } from '#domain/encoding/columns';
import { type CompiledEncoder, compileEncoder } from '#domain/encoding/encoder';
import { KnownFeatures } from '#domain/rows/known-features';
import type { RawDatatype } from '#features/encoding';
import { useEncoder } from '#features/kinds';
import { contributions } from '#models/evaluators/contributions';
import { ModelFormatError } from '#models/evaluators/evaluator';
import type { GoldenResult } from '#models/evaluators/golden';
import { ForestEvaluator } from '#models/evaluators/walks/forest-evaluator';
import type { LoadedPackage } from '../loading/load-package.js';
import { highest, highestOf } from './highest.js';
import { InferStatistics } from './infer-statistics.js';
import { type Tally, tallyOf } from './request-tally.js';

/** What a version makes of one task. The arrays are the version's own and hold until its next decision. */
export interface Scores {
  /** Probability per option: of success per action, or of each class. */
  readonly probabilities: Float64Array;
  /** Position of the highest among the options that are possible. */
  readonly best: number;
}

/** What the action of a row is called among its features. */
export const ACTION = 'action';

function rawFields(manifest: Manifest): Map<string, RawDatatype> {
  const fields = new Map<string, RawDatatype>();
  for (const encoder of manifest.encoders)
    fields.set(encoder.source.field, encoder.source.from === 'url' ? 'BYTES' : useEncoder(encoder).datatype);
  return fields;
}

function explorationOf({ definition }: Manifest): ServedVersion['exploration'] {
  if (definition.kind !== 'action-outcome') return null;
  const { rate, caps } = definition.exploration;
  return { rate, caps: Object.keys(caps).length === 0 ? null : definition.actions.map((action) => caps[action] ?? 1) };
}

/** A loaded version, ready to answer. */
export class ServedVersion {
  readonly manifest: Manifest;
  readonly golden: GoldenResult;
  readonly encoder: CompiledEncoder;
  readonly evaluator: ForestEvaluator;
  /** The raw fields it reads, and the tensor datatype each is best sent as. */
  readonly fields: ReadonlyMap<string, RawDatatype>;
  /** What rows may hold. */
  readonly known: KnownFeatures;
  /** What can be decided for: the actions of the model, or its classes. */
  readonly options: readonly string[];
  /** Parts of an answer that are JSON already: the names in it, each option, each option as a key. */
  readonly jsonNames: string;
  /** The names as predictions are logged with them. */
  readonly loggedNames: string;
  /** The names as the inference protocol has them. */
  readonly inferNames: string;
  readonly optionJson: readonly string[];
  readonly optionKeys: readonly string[];
  /** Of infer requests. */
  readonly statistics = new InferStatistics();
  readonly tallies: Readonly<Record<'live' | 'canary' | 'shadow' | 'warm', Tally>>;
  /** The feature each column comes from. */
  private readonly columnFeatures: readonly string[];
  /** Whether it chooses actions, rather than telling of what class something is. */
  readonly perAction: boolean;
  /** How often another action than the best is tried; null for classes, which are told as they are. */
  readonly exploration: { readonly rate: number; readonly caps: readonly number[] | null } | null;
  /** Positions of all options. */
  readonly positions: readonly number[];
  /** A row, or one for each action. */
  private readonly row: Float32Array;
  private readonly scores: Float64Array;

  /** Throws when the package is of another model than the one it is deployed for. */
  constructor(
    readonly model: string,
    readonly ref: VersionRef,
    loaded: LoadedPackage,
    /** How long it took to load, for the acknowledgement. */
    readonly loadMilliseconds: number,
  ) {
    const { manifest } = loaded;
    this.golden = loaded.golden;
    if (manifest.definition.name !== model)
      throw new Error(`package ${ref.digest} is of the model "${manifest.definition.name}", not of "${model}"`);
    this.manifest = manifest;
    this.encoder = compileEncoder(manifest);
    this.evaluator = new ForestEvaluator(loaded.forest, manifest.classes, loaded.perfect);
    this.fields = rawFields(manifest);
    this.known = new KnownFeatures(manifest.definition);
    this.columnFeatures = [
      ...manifest.encoders.flatMap((one) => Array.from({ length: encoderWidth(one) }, () => one.feature)),
      ...actionsOf(manifest.definition).map(() => ACTION),
    ];
    this.perAction = manifest.definition.kind === 'action-outcome';
    this.options = manifest.definition.kind === 'action-outcome' ? manifest.definition.actions : manifest.classes;
    this.exploration = explorationOf(manifest);
    this.positions = this.options.map((_, position) => position);
    this.optionJson = this.options.map((option) => JSON.stringify(option));
    this.optionKeys = this.optionJson.map((option) => `${option}:`);
    this.jsonNames = `"model":${JSON.stringify(model)},"model_version":${JSON.stringify(ref.version)}`;
    this.inferNames = `"model_name":${JSON.stringify(model)},"model_version":${JSON.stringify(ref.version)}`;
    this.loggedNames = `"model":${JSON.stringify(model)},"version":${JSON.stringify(ref.version)}`;
    const tally = (role: 'live' | 'canary' | 'shadow' | 'warm'): Tally => tallyOf(model, ref.version, role);
    this.tallies = { live: tally('live'), canary: tally('canary'), shadow: tally('shadow'), warm: tally('warm') };
    this.row = new Float32Array(this.encoder.width * (this.perAction ? this.options.length : 1));
    this.scores = new Float64Array(this.options.length);
  }

  /** Scores every option, and finds the best of those in `possible` (positions; null for all). */
  score(site: Record<string, unknown>, possible: readonly number[] | null): Scores {
    const { encoder, evaluator, row, scores, options } = this;
    encoder.encode(site, row, 0);
    if (this.perAction) {
      const { width } = encoder;
      for (let i = 0; i < options.length; i++) {
        if (i > 0) row.copyWithin(i * width, 0, width);
        encoder.encodeAction(options[i] ?? '', row, i * width);
      }
      const success = evaluator.predict(row, options.length);
      for (let i = 0; i < options.length; i++) scores[i] = success[2 * i + 1] ?? 0;
    } else evaluator.predictRow(row, 0, scores);
    const best = possible === null ? highest(scores, 0, scores.length) : highestOf(scores, possible);
    return { probabilities: scores, best };
  }

  /** How much each feature moved the score of an option; null if the model file does not hold what that takes. */
  explain(site: Record<string, unknown>, option: number): Contributions | null {
    const { encoder, row, evaluator, options, perAction } = this;
    encoder.encode(site, row, 0);
    if (perAction) encoder.encodeAction(options[option] ?? '', row, 0);
    let values: Float64Array;
    try {
      values = contributions(evaluator.forest, row, 0);
    } catch (error) {
      if (error instanceof ModelFormatError) return null;
      throw error;
    }
    const width = evaluator.width;
    // One sum stands for two classes: what speaks for the second speaks against the first.
    const sign = evaluator.forest.groups === 1 && !perAction && option === 0 ? -1 : 1;
    const start = evaluator.forest.groups === 1 ? 0 : option * (width + 1);
    const features: Record<string, number> = {};
    this.columnFeatures.forEach((feature, column) => {
      features[feature] = (features[feature] ?? 0) + sign * (values[start + column] ?? 0);
    });
    return { base: sign * (values[start + width] ?? 0), features };
  }
}
