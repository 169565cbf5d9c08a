import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ImportDescription } from '#contracts/http/packages';
import type { ModelFile } from '#contracts/model-package';
import { ModelFormatError } from '../../evaluators/evaluator.js';
import { withLineFeeds } from '../../evaluators/lightgbm/lightgbm-sections.js';
import type { ModelReading } from '../../evaluators/reading/model-reading.js';
import { readModel } from '../../evaluators/reading/read-model.js';
import { TrainingFailure } from '../process/failure.js';
import type { ImportedModel } from '../process/job.js';

/** A model trained elsewhere that our own reader has read and found sound; only then a native library may see its bytes. */
export interface ImportedFile {
  readonly format: ImportedModel['format'];
  readonly bytes: Buffer;
  readonly reading: ModelReading;
  /** As the package will keep it. */
  readonly model: ModelFile;
  readonly description: ImportDescription;
}

/**
 * Reads the file before anything else is done: a file that is cut off, goes round in a circle or announces what it does not
 * hold takes a native library down, or keeps it busy for ever. Throws {@link TrainingFailure}.
 */
export function readImported({ path, format, description }: ImportedModel): ImportedFile {
  const raw = readFileSync(path);
  requireDigest(raw, description.model?.sha256);
  const bytes = format === 'lightgbm-text' ? withLineFeeds(raw) : raw;
  try {
    const wanted = description.rounds ?? description.model?.rounds ?? 'best';
    const reading = readModel(format, bytes, wanted === 'all' ? {} : { rounds: wanted });
    return { format, bytes, reading, model: modelFile(format, reading.rounds), description };
  } catch (error) {
    if (error instanceof ModelFormatError) throw unreadable(format, error);
    throw error;
  }
}

/** A manifest that names its file is of no other: its golden rows say nothing of a file that was changed afterwards. */
function requireDigest(bytes: Buffer, expected: string | undefined): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (expected === undefined || expected === found) return;
  throw new TrainingFailure(
    'prepare',
    `The file has the SHA-256 ${found.slice(0, 12)}…, and its manifest is of one with ${expected.slice(0, 12)}…: they do not belong together.`,
    'Register the folder as ratchet-model packed it, with nothing changed in it.',
  );
}

/** Says how many rounds are used wherever that is a choice: the file holds more, or calls other ones the best. */
function modelFile(format: ImportedModel['format'], { held, used, best }: ModelReading['rounds']): ModelFile {
  if (format === 'trees-json') return { format: 'trees-json', file: 'model.trees.json' };
  const rounds = used < held || (best !== null && best < held) ? { rounds: used } : {};
  return format === 'lightgbm-text'
    ? { format: 'lightgbm-text', file: 'model.lgbm.txt', ...rounds }
    : { format: 'xgboost-json', file: 'model.xgb.json', ...rounds };
}

/** What is worth knowing of the rounds, in a sentence; null where there is no choice. */
export function roundsSentence({ held, used, best }: ModelReading['rounds']): string | null {
  if (best !== null && best < held)
    return used === best
      ? `Early stopping found round ${best} of ${held} best; the model predicts with the first ${used}, as the scikit-learn wrapper does ("--all-trees" takes all).`
      : `Early stopping found round ${best} of ${held} best; the model predicts with the first ${used}, as was asked for.`;
  return used < held ? `The model predicts with the first ${used} of ${held} rounds, as was asked for.` : null;
}

export const unreadable = (format: ImportedModel['format'], error: unknown): TrainingFailure =>
  new TrainingFailure(
    'train',
    `The file cannot be served as ${format}: ${error instanceof Error ? error.message : String(error)}.`,
    'Register a model of trees that XGBoost saved as JSON or UBJSON, LightGBM as text, or ratchet-model packed; if the file was copied, copy it again.',
    { cause: error },
  );
