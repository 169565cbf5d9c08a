import { readFileSync } from 'node:fs';
import type { ImportDescription } from '#contracts/http/packages';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder, ModelFile } from '#contracts/model-package';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { sourceOf, valueKindOf } from '#domain/encoding/sources';
import { TrainingFailure } from './failure.js';
import type { ImportedModel } from './job.js';

/** What a person can do about a model that does not fit. */
const REMEDY =
  'Correct the description (docs/model-package.md says what it holds) or the definition, then register it again.';

const refuse = (reason: string): never => {
  throw new TrainingFailure('prepare', reason, REMEDY);
};

/** The encoders that a model trained elsewhere was fed with. Throws {@link TrainingFailure} where they do not fit the definition. */
export function importedEncoders(definition: ModelDefinition, description: ImportDescription): Encoder[] {
  const encoders = description.encoders ?? definition.features.map((feature) => defaultEncoder(definition, feature));
  if (encoders.length !== definition.features.length)
    return refuse(
      `There are ${encoders.length} encoders for the ${definition.features.length} features of "${definition.name}".`,
    );
  definition.features.forEach((feature, i) => {
    const encoder = encoders[i];
    if (encoder?.feature !== feature.name)
      refuse(
        `Encoder ${i + 1} is of "${encoder?.feature}", but feature ${i + 1} of the definition is "${feature.name}".`,
      );
    const kinds = { number: ['numeric'], boolean: ['boolean'], category: ['one-hot', 'ordinal'] }[valueKindOf(feature)];
    if (encoder && !kinds.includes(encoder.encoding))
      refuse(`The encoder of "${feature.name}" is ${encoder.encoding}, expected ${kinds.join(' or ')}.`);
  });
  const columns = matrixColumns(definition, encoders);
  const differs = description.columns?.findIndex((column, i) => column !== columns[i]) ?? -1;
  if (differs >= 0 || (description.columns && description.columns.length !== columns.length))
    refuse(
      `The description lists ${description.columns?.length} columns, the encoders give ${columns.length}; the first that differs is "${description.columns?.[Math.max(differs, 0)]}" instead of "${columns[Math.max(differs, 0)]}".`,
    );
  const classes = classesOf(definition);
  if (description.classes && description.classes.join('\n') !== classes.join('\n'))
    refuse(
      `The description lists the classes ${description.classes.join(', ')}; the definition has ${classes.join(', ')}.`,
    );
  return encoders;
}

function defaultEncoder(definition: ModelDefinition, feature: ModelDefinition['features'][number]): Encoder {
  const base = { feature: feature.name, source: sourceOf(feature), fill: null, indicator: false };
  const kind = valueKindOf(feature);
  if (kind === 'category')
    return refuse(
      `The description has no encoders, and "${feature.name}" of "${definition.name}" is a category: nothing says which column it is.`,
    );
  return { ...base, encoding: kind === 'number' ? 'numeric' : 'boolean' };
}

/** The file a package keeps it in. */
export const importedFile = ({ format }: ImportedModel): ModelFile =>
  format === 'lightgbm-text'
    ? { format: 'lightgbm-text', file: 'model.lgbm.txt' }
    : { format: 'xgboost-json', file: 'model.xgb.json' };

/** The bytes that were uploaded. */
export const importedBytes = ({ path }: ImportedModel): Buffer => readFileSync(path);
