import { ratchet } from '#contracts/command-line';
import type { ModelDefinition } from '#contracts/model-definition';
import { classesOf } from '#domain/encoding/columns';
import { inDefinition } from './definition-advice.js';
import type { Binned } from './histograms.js';
import { TrainingFailure } from './process/failure.js';
import type { TrainingDatabase } from './rows/duckdb.js';
import { PARTS } from './rows/rows-sql.js';
import type { TypedRows } from './rows/typed-rows.js';

/** A feature that alone is right this often on rows it was not fitted on looks like the answer itself … */
const LEAK_ACCURACY = 0.98;
/** … if it also takes away this share of the errors of always answering the most frequent class. */
const LEAK_ERROR_REDUCTION = 0.8;
/** Fewer validation rows than this say nothing about leakage. */
const LEAK_MINIMUM_ROWS = 50;
/** More training rows than this make that no surer; of a larger dataset every so-manieth row is looked at. */
const LEAK_ROWS = 50_000;
/** A category with at least this many values in a hundred training rows looks like an identifier … */
const IDENTIFIER_PERCENT = 50;
/** … if there are so many of them at least. */
const IDENTIFIER_MINIMUM = 100;
/** A class rarer than this in the training part is mentioned. */
const RARE_CLASS = 0.01;

/** What the data looks like before training. */
export interface DataReport {
  /** Rows of each class in the training part. */
  readonly classCounts: Record<string, number>;
  readonly warnings: string[];
}

/** Too few rows to train on, in words. Throws {@link TrainingFailure}. */
export function requireRows(definition: ModelDefinition, typed: TypedRows): void {
  const usable = typed.rows.train + typed.rows.validation + typed.rows.test;
  if (usable === 0 && typed.leftOut > 0)
    throw new TrainingFailure(
      'prepare',
      `None of the ${typed.leftOut} rows of "${definition.name}" can be used: ${leftOutBecause(definition)}.`,
      `Correct ${definition.kind === 'action-outcome' ? 'actions' : 'label and classes'} in ${inDefinition(definition)}, or import rows that fit.`,
    );
  if (usable < definition.minimum_rows)
    throw new TrainingFailure(
      'prepare',
      `There are ${usable} rows to train "${definition.name}" on, fewer than its minimum_rows of ${definition.minimum_rows}.`,
      `Wait for more outcomes, import some with "${ratchet('import FILE', definition.name)}", or lower minimum_rows in ${inDefinition(definition)}.`,
    );
  if (typed.rows.train === 0)
    throw new TrainingFailure(
      'prepare',
      `The training part of "${definition.name}" is empty: all ${usable} rows have split keys that fall into validation and test.`,
      `Choose a split.key with more different values in ${inDefinition(definition)}, or wait for more rows.`,
    );
}

const leftOutBecause = (definition: ModelDefinition): string =>
  definition.kind === 'action-outcome'
    ? 'they have no outcome, or an action that is not one of its actions'
    : `they have no "${definition.label}", or one that is not among its classes`;

/**
 * Looks at classes and features of `typed_rows`. Throws {@link TrainingFailure} when there is nothing to learn.
 *
 * @param purpose to train on the rows, or to show how a model answers them that is there already
 */
export async function checkData(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
  features: readonly Binned[],
  purpose: 'train' | 'show' = 'train',
): Promise<DataReport> {
  const warnings: string[] = [];
  if (typed.leftOut > 0) warnings.push(`${typed.leftOut} rows were left out: ${leftOutBecause(definition)}.`);
  const silent = await countSilent(database, typed);
  if (silent > 0)
    warnings.push(`${silent} rows have no value for any feature; they teach nothing but how frequent a class is.`);
  const classCounts = await countClasses(database, definition, typed, warnings);
  requireVariety(definition, typed, features);
  if (purpose === 'train') refuseConstants(definition, typed, features);
  warnings.push(...unchangingFeatures(features), ...identifiers(features, typed.rows.train));
  if (typed.rows.validation === 0)
    warnings.push('The validation part is empty, so all rounds are trained and nothing says whether they help.');
  else if (typed.rows.validation >= LEAK_MINIMUM_ROWS)
    warnings.push(...(await leakingFeatures(database, typed, features)));
  return { classCounts, warnings };
}

/** Rows whose features are all missing, as when every name in them is misspelt. */
async function countSilent(database: TrainingDatabase, { features }: TypedRows): Promise<number> {
  const [silent] = await database.row(
    `select count(*) from typed_rows where ${features.map(({ column }) => `${column} is null`).join(' and ')}`,
  );
  return Number(silent);
}

async function countClasses(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
  warnings: string[],
): Promise<Record<string, number>> {
  const rows = await database.rows(`select y, count(*) from typed_rows where part = ${PARTS.train} group by y`);
  const byNumber = new Map(rows.map(([y, count]) => [Number(y), Number(count)]));
  const counts = Object.fromEntries(classesOf(definition).map((name, i) => [name, byNumber.get(i) ?? 0]));
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  if (present.length < 2)
    throw new TrainingFailure(
      'prepare',
      `Every one of the ${typed.rows.train} training rows of "${definition.name}" is "${present[0]?.[0]}", so there is nothing to tell apart.`,
      'Wait until other outcomes have come in, or import some, then train again.',
    );
  for (const [name, count] of Object.entries(counts))
    if (count === 0) warnings.push(`No training row has the class "${name}".`);
    else if (count / typed.rows.train < RARE_CLASS)
      warnings.push(`Only ${count} of ${typed.rows.train} training rows have the class "${name}".`);
  return counts;
}

const isConstant = ({ values, histogram }: Binned): boolean => values === 1 && histogram.missing === 0;

/**
 * A constant feature is most often a mistake on its way in: a default written where nothing was known, or a column that
 * stands still. A feature that nobody sends is not one: engines know less than a definition may ask for.
 */
function refuseConstants(definition: ModelDefinition, typed: TypedRows, features: readonly Binned[]): void {
  const refused = features.filter(
    (feature, i) => isConstant(feature) && definition.features[i]?.when_constant === 'fail',
  );
  if (refused.length === 0) return;
  const names = refused.map(({ name }) => `"${name}"`).join(', ');
  const [feature, has, it] = refused.length === 1 ? ['feature', 'has', 'it'] : ['features', 'have', 'each'];
  throw new TrainingFailure(
    'prepare',
    `The ${feature} ${names} of "${definition.name}" ${has} the same value in all ${typed.rows.train} training rows, so nothing can be learnt from ${it === 'it' ? it : 'them'}.`,
    `Correct what is sent, or remove the ${feature} from ${inDefinition(definition)}, or set "when_constant: warn" on ${it} there to train all the same.`,
  );
}

function unchangingFeatures(features: readonly Binned[]): string[] {
  return features.flatMap((feature) => {
    if (feature.values === 0) return [`The feature "${feature.name}" is missing in every training row.`];
    return isConstant(feature)
      ? [`The feature "${feature.name}" has the same value in every training row and teaches nothing.`]
      : [];
  });
}

const varies = ({ values, histogram }: Binned): boolean => values > 1 || (values === 1 && histogram.missing > 0);

/** A model of features that never change could only repeat the most frequent class. An action is something to learn from too. */
function requireVariety(definition: ModelDefinition, typed: TypedRows, features: readonly Binned[]): void {
  if (definition.kind === 'action-outcome' || features.some(varies)) return;
  throw new TrainingFailure(
    'prepare',
    `Every feature of "${definition.name}" has one value only in all ${typed.rows.train} training rows, so nothing can be learnt from them.`,
    `Compare the names and kinds of the features in ${inDefinition(definition)} with the fields of the data, or wait for rows that differ.`,
  );
}

/** Categories that hardly ever come twice: what was learnt of one says nothing about the next row. */
function identifiers(features: readonly Binned[], rows: number): string[] {
  return features.flatMap(({ name, histogram, values }) =>
    histogram.kind === 'categorical' && values >= IDENTIFIER_MINIMUM && values * 100 >= rows * IDENTIFIER_PERCENT
      ? [
          `The feature "${name}" has ${values} different values in ${rows} training rows, like an identifier; new rows will mostly have unseen ones. Leave it out, or raise its minimum_count.`,
        ]
      : [],
  );
}

/** Features that alone predict the label: fitted as "most frequent class per bin" on training rows, scored on validation rows. */
async function leakingFeatures(
  database: TrainingDatabase,
  typed: TypedRows,
  features: readonly Binned[],
): Promise<string[]> {
  const looked = `n % ${Math.max(1, Math.floor(typed.rows.train / LEAK_ROWS))} = 0`;
  const [baseline] = await database.row(
    `select max(n) / sum(n) from (
      select count(*) as n from typed_rows where part = ${PARTS.validation} and ${looked} group by y)`,
  );
  const leak = async ({ name, bucketSql }: Binned): Promise<string[]> => {
    const [accuracy] = await database.row(`
      with binned as (
        select part, y, ${bucketSql} as bucket from typed_rows
        where part in (${PARTS.train}, ${PARTS.validation}) and ${looked}),
      counted as (select bucket, y, count(*) as n from binned where part = ${PARTS.train} group by bucket, y),
      best as (select bucket, max_by(y, n * 65536 - y) as guess from counted group by bucket)
      select avg((guess is not distinct from binned.y)::int)
      from binned left join best on best.bucket is not distinct from binned.bucket
      where part = ${PARTS.validation}`);
    if (typeof accuracy !== 'number' || typeof baseline !== 'number') return [];
    if (accuracy < LEAK_ACCURACY || 1 - accuracy > (1 - LEAK_ERROR_REDUCTION) * (1 - baseline)) return [];
    return [
      `The feature "${name}" alone predicts ${(accuracy * 100).toFixed(1)} % of the validation rows; it may hold the answer, and be unknown when a decision is made.`,
    ];
  };
  return (await Promise.all(features.map(leak))).flat();
}
