import type { ModelDefinition } from '#contracts/model-definition';
import { classesOf } from '#domain/encoding/columns';
import type { Window } from '#domain/training/windows';
import { literal } from '#features/sql';
import { weightsOfClasses } from '../class-weights.js';
import type { Encoding } from '../matrices.js';
import { TrainingFailure } from '../process/failure.js';
import type { TrainingDatabase } from '../rows/duckdb.js';
import { PARTS } from '../rows/rows-sql.js';
import type { SpreadColumn } from './order.js';

/** Spark gives each task some of the groups. */
const ROWS_PER_GROUP = 30_720;

/** How the columns of the file become those of the model. Throws {@link TrainingFailure} for a kind that only knows how to here. */
export function spreadColumns({ steps }: Encoding, { features, name: model }: ModelDefinition): SpreadColumn[] {
  return steps.map(({ writer: { spread }, columns: width }, i): SpreadColumn => {
    const name = `c${i}`;
    if (spread === undefined)
      throw new TrainingFailure(
        'prepare',
        `The feature "${features[i]?.name}" of "${model}" is of a kind that only the trainer itself can encode.`,
        'Train without --engine spark.',
      );
    return spread.as === 'one-hot' ? { name, as: 'one-hot', width } : { name, ...spread };
  });
}

/**
 * Writes the rows of a window for a cluster, through the disk where they do not fit the memory: every value is read and fitted as
 * it would be here, so that nobody else has to know how. Rows of the test part are in it: who trains splits by `key` itself.
 *
 * @returns whether the rows have weights
 */
export async function writeRowsFile(
  database: TrainingDatabase,
  definition: ModelDefinition,
  { steps }: Encoding,
  { from, halfLifeMs }: Window,
  file: string,
): Promise<{ weighted: boolean }> {
  const inWindow = from === null ? 'true' : `seen_at >= ${from}`;
  const weights: string[] = [];
  if (definition.class_weights === 'balanced') weights.push(await balancedSql(database, definition, inWindow));
  if (halfLifeMs !== null) {
    const [newest] = await database.row(`select max(seen_at) from typed_rows where part = ${PARTS.train}`);
    weights.push(`2 ** ((seen_at - ${Number(newest)}) / ${halfLifeMs})`);
  }
  const columns = [
    'split_key as key',
    'y',
    ...(weights.length > 0 ? [`(${weights.join(' * ')})::float as weight`] : []),
    ...steps.map(({ writer }, i) => `${writer.sql} as c${i}`),
  ];
  await database.run(`
    copy (select ${columns.join(', ')} from typed_rows where ${inWindow})
    to ${literal(file)} (format parquet, compression zstd, row_group_size ${ROWS_PER_GROUP})`);
  return { weighted: weights.length > 0 };
}

/** The weights of the training rows' classes. */
async function balancedSql(database: TrainingDatabase, definition: ModelDefinition, inWindow: string): Promise<string> {
  const found = await database.rows(
    `select y, count(*) from typed_rows where part = ${PARTS.train} and ${inWindow} group by y`,
  );
  const counts = classesOf(definition).map(() => 0);
  for (const [y, rows] of found) counts[Number(y)] = Number(rows);
  const weights = weightsOfClasses(counts);
  return `list_extract([${weights.map((weight) => `${weight}::double`).join(', ')}], y::int + 1)`;
}
