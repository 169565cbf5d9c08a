import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { unfittedEncoder, useFeature } from '#features/kinds';
import { foldedNames } from '../../evaluators/reading/column-names.js';
import { TrainingFailure } from '../process/failure.js';
import { categoriesFor, requireCategories } from './imported-categories.js';
import type { ImportedFile } from './imported-file.js';

/** What a person can do about a model that does not fit. */
const REMEDY =
  'Correct the description (docs/model-package.md says what it holds) or the definition, then register it again.';

const refuse = (reason: string, remedy = REMEDY): never => {
  throw new TrainingFailure('prepare', reason, remedy);
};

/** The encoders that a model trained elsewhere was fed with. Throws {@link TrainingFailure} where they do not fit the definition. */
export function importedEncoders(definition: ModelDefinition, { description, reading }: ImportedFile): Encoder[] {
  const encoders = description.encoders ?? encodersOf(definition, reading);
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
    const { encodings } = useFeature(feature);
    if (encoder && !encodings.includes(encoder.encoding))
      refuse(`The encoder of "${feature.name}" is ${encoder.encoding}, expected ${encodings.join(' or ')}.`);
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
  requireCategories(reading, encoders);
  return encoders;
}

/**
 * Compares the names that a file was trained with, where it was, with those of the columns it is to be fed with. The number
 * alone is no check: two columns that have changed places answer any row, and wrongly.
 */
export function requireNames(inFile: readonly string[] | null, columns: readonly string[]): void {
  if (inFile === null) return;
  const theirs = foldedNames(inFile);
  const ours = foldedNames(columns);
  const unknown = inFile.filter((_, i) => !ours.includes(theirs[i] ?? ''));
  const absent = columns.filter((_, i) => !theirs.includes(ours[i] ?? ''));
  const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
  if (unknown.length > 0 || absent.length > 0)
    refuse(
      `The model was trained with columns of other names than the definition and its encoders give.${unknown.length > 0 ? ` Only the file has ${listed(unknown)}.` : ''}${absent.length > 0 ? ` Only the definition has ${listed(absent)}.` : ''}`,
      `Name the columns alike: features and encoders after the file, in the order ${listed(inFile)}, or the columns where the model is trained, in the order ${listed(columns)}. Then register it again.`,
    );
  const differs = ours.findIndex((name, i) => name !== theirs[i]);
  if (differs >= 0 || ours.length !== theirs.length)
    refuse(
      `The model was trained with the same columns in another order: column ${differs + 1} is "${inFile[differs]}" in the file, and "${columns[differs]}" by the definition and its encoders.`,
      `Put the features of the definition (and the encoders) in the order of the file, ${listed(inFile)}, or train on columns in the order ${listed(columns)}. Then register it again.`,
    );
}

/** What can be told without a description: numbers and booleans as they are, and categories where the file lists them. */
function encodersOf(definition: ModelDefinition, reading: ImportedFile['reading']): Encoder[] {
  const known = definition.features.map(unfittedEncoder);
  const lists = [...(categoriesFor(reading, known.filter((encoder) => encoder === null).length) ?? [])];
  return definition.features.map((feature, i): Encoder => {
    const encoder = known[i] ?? null;
    if (encoder !== null) return encoder;
    const categories = lists.shift();
    if (categories === undefined)
      return refuse(
        `The description has no encoders, and "${feature.name}" of "${definition.name}" is a category: nothing says which column it is.`,
      );
    return {
      feature: feature.name,
      source: useFeature(feature).source,
      encoding: 'ordinal',
      categories: [...categories],
      // As pandas, which wrote them, does.
      unseen: 'missing',
    };
  });
}
