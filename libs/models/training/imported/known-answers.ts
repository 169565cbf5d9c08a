import type { Golden, KnownAnswer, Manifest } from '#contracts/model-package';
import type { Evaluator } from '../../evaluators/evaluator.js';
import { GoldenMismatch, verifyGolden } from '../../evaluators/golden.js';
import { GOLDEN_TOLERANCE } from '../golden.js';
import { TrainingFailure } from '../process/failure.js';

/** Fewer rows than this do not show that trees are read as they were meant. */
const FEWEST = 30;

const REMEDY =
  'Pack the model again with the newest ratchet-model, from the very frame that it was fitted on, and register that; if it differs again, report it with the package.';

/**
 * Compares a model trained elsewhere with what its library answered there. Returns the rows whose raw fields are known, for
 * the package's own golden predictions. Throws {@link TrainingFailure} with the first row that is encoded or answered
 * differently, or where there are none and no other library can vouch for the trees.
 */
export function verifyKnownAnswers(
  manifest: Manifest,
  evaluator: Evaluator,
  known: readonly KnownAnswer[],
): Golden['cases'] {
  if (manifest.model.format === 'trees-json' && known.length < FEWEST)
    throw new TrainingFailure(
      'package',
      `The trees came with ${known.length} rows that their library has answered, and at least ${FEWEST} are needed: nothing else says that they are read as they were meant.`,
      'Pack the model with ratchet-model, and register the folder that it wrote, in which golden.json holds them.',
    );
  const cases = known.flatMap(({ input, ...rest }) => (input === null ? [] : [{ input, ...rest }]));
  try {
    if (cases.length > 0) verifyGolden(manifest, evaluator, { tolerance: GOLDEN_TOLERANCE, cases });
    const out = new Float64Array(evaluator.classes.length);
    for (const [i, answer] of known.entries()) if (answer.input === null) requireAnswer(evaluator, answer, i, out);
  } catch (error) {
    if (!(error instanceof GoldenMismatch)) throw error;
    throw new TrainingFailure(
      'package',
      `The model does not answer here as it did where it was trained: ${error.message}.`,
      REMEDY,
      { cause: error },
    );
  }
  return cases;
}

/** Of a row of which only the columns are known. */
function requireAnswer(evaluator: Evaluator, answer: KnownAnswer, index: number, out: Float64Array): void {
  const { row, probabilities } = answer;
  if (row.length !== evaluator.width || probabilities.length !== out.length)
    throw new GoldenMismatch(
      `row ${index} has ${row.length} columns and ${probabilities.length} probabilities, expected ${evaluator.width} and ${out.length}`,
    );
  evaluator.predictRow(
    Float32Array.from(row, (value) => value ?? Number.NaN),
    0,
    out,
  );
  for (const [c, expected] of probabilities.entries())
    if (!(Math.abs((out[c] ?? Number.NaN) - expected) <= GOLDEN_TOLERANCE))
      throw new GoldenMismatch(
        `row ${index}: probability of "${evaluator.classes[c]}" is ${out[c]}, the training library gave ${expected}`,
      );
}
