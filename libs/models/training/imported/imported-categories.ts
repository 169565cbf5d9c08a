import type { Encoder } from '#contracts/model-package';
import { encoderWidth } from '#domain/encoding/columns';
import type { FileCategories, ModelReading } from '../../evaluators/reading/model-reading.js';
import { TrainingFailure } from '../process/failure.js';

const REMEDY =
  'Put the categories into the encoders in the order of the file, or leave the encoders out, so that they are taken from the file. Then register it again.';

type Ordinal = Extract<Encoder, { encoding: 'ordinal' }>;

/**
 * Compares the categories of ordinal encoders with those the file was trained with: a code means another category when the
 * order differs, and every row is still answered. Throws {@link TrainingFailure}.
 */
export function requireCategories(
  { categories }: Pick<ModelReading, 'categories'>,
  encoders: readonly Encoder[],
): void {
  if (categories === null) return;
  const ordinals = ordinalColumns(encoders);
  const columns = categories.columns ?? pairedInOrder(categories, ordinals);
  for (const [i, column] of columns.entries()) {
    const inFile = categories.lists[i] ?? [];
    const encoder = ordinals.get(column);
    if (encoder === undefined)
      throw new TrainingFailure(
        'prepare',
        `Column ${column + 1} has categories in the file (${listed(inFile)}), but no ordinal encoder.`,
        REMEDY,
      );
    const differs = inFile.findIndex((category, code) => encoder.categories[code] !== category);
    if (differs >= 0 || encoder.categories.length !== inFile.length) {
      const place = differs < 0 ? inFile.length : differs;
      throw new TrainingFailure(
        'prepare',
        `The categories of "${encoder.feature}" are not those the model was trained with: place ${place} is ${quoted(encoder.categories[place])} by the encoder, and ${quoted(inFile[place])} in the file, which has ${listed(inFile)}.`,
        REMEDY,
      );
    }
  }
}

/** The categories of the file for the features that are categories, in order; null where they cannot be matched. */
export function categoriesFor(
  { categories }: Pick<ModelReading, 'categories'>,
  features: number,
): readonly (readonly string[])[] | null {
  return categories !== null && categories.lists.length === features ? categories.lists : null;
}

function ordinalColumns(encoders: readonly Encoder[]): ReadonlyMap<number, Ordinal> {
  const found = new Map<number, Ordinal>();
  let column = 0;
  for (const encoder of encoders) {
    if (encoder.encoding === 'ordinal') found.set(column, encoder);
    column += encoderWidth(encoder);
  }
  return found;
}

function pairedInOrder({ lists }: FileCategories, ordinals: ReadonlyMap<number, Ordinal>): readonly number[] {
  if (lists.length === ordinals.size) return [...ordinals.keys()];
  throw new TrainingFailure(
    'prepare',
    `The file has the categories of ${lists.length} columns without saying of which, and the encoders give ${ordinals.size} ordinal columns; nothing says which belong together.`,
    'Train on a data frame whose columns of the dtype "category" are those with ordinal encoders, then register it again.',
  );
}

const quoted = (name: string | undefined): string => (name === undefined ? 'nothing' : `"${name}"`);
const listed = (names: readonly string[]): string =>
  `${names.slice(0, 8).map(quoted).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`;
