import type { ModelDefinition } from '#contracts/model-definition';
import { classesOf } from '#domain/encoding/columns';
import { SPLIT_PARTS } from '#domain/split';
import type { Window } from '#domain/training/windows';
import type { TrainedModel } from '../backends/backend.js';
import { type Encoding, type MatrixPart, readInChunks } from '../matrices.js';
import { TrainingFailure } from '../process/failure.js';
import { Answers } from '../reference.js';
import type { TrainingDatabase } from '../rows/duckdb.js';
import { PARTS } from '../rows/rows-sql.js';
import { lossesOf } from '../rows/window-rows.js';
import type { ClusterModel } from './order.js';

type Answering = Pick<TrainedModel, 'probabilities'>;

/** The rows that a cluster trains on, as they are here: counted, and answered by what came of them, a few thousand at a time. */
export class ClusterRows {
  private readonly classes: number;

  constructor(
    private readonly database: TrainingDatabase,
    private readonly encoding: Encoding,
    definition: ModelDefinition,
  ) {
    this.classes = classesOf(definition).length;
  }

  /** When the outcome of each row of a part was seen, in milliseconds since 1970. */
  async times(part: MatrixPart): Promise<Float64Array> {
    const [count] = await this.database.row(`select count(*) from typed_rows where part = ${PARTS[part]}`);
    const times = new Float64Array(Number(count));
    let from = 0;
    const seen = { steps: [], width: 0 };
    for await (const chunk of readInChunks(this.database, seen, part)) {
      times.set(chunk.times, from);
      from += chunk.times.length;
    }
    return times;
  }

  /** Rows of each part in a window. */
  async count({ from }: Window): Promise<ClusterModel['rows']> {
    const found = await this.database.rows(
      `select part, count(*) from typed_rows ${from === null ? '' : `where seen_at >= ${from}`} group by part`,
    );
    const of = (part: keyof typeof PARTS): number => Number(found.find(([code]) => code === PARTS[part])?.[1] ?? 0);
    return { train: of('train'), validation: of('validation'), test: of('test') };
  }

  /** How a model answers the rows of a part. */
  async answers(model: Answering, part: MatrixPart, { from }: Window): Promise<Answers> {
    const answers = new Answers(this.classes);
    for await (const { matrix, labels } of readInChunks(this.database, this.encoding, part, from))
      answers.add(model.probabilities(matrix), labels);
    return answers;
  }

  /** −ln P(label) of each validation row. */
  async losses(model: Answering): Promise<Float64Array> {
    const losses: Float64Array[] = [];
    for await (const { matrix, labels } of readInChunks(this.database, this.encoding, 'validation'))
      losses.push(lossesOf(model.probabilities(matrix), labels, this.classes));
    return joined(losses);
  }
}

function joined(chunks: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const chunk of chunks) {
    all.set(chunk, from);
    from += chunk.length;
  }
  return all;
}

/** A cluster that split the rows otherwise may have learnt from the test part. Throws {@link TrainingFailure}. */
export function requireSameRows(found: ClusterModel['rows'], expected: ClusterModel['rows']): void {
  if (SPLIT_PARTS.every((part) => found[part] === expected[part])) return;
  const told = (rows: ClusterModel['rows']): string => SPLIT_PARTS.map((part) => `${rows[part]} of ${part}`).join(', ');
  throw new TrainingFailure(
    'train',
    `The cluster saw other rows than there are: ${told(found)}, instead of ${told(expected)}.`,
    'Train again; if it happens again, compare the versions of the trainer and of deploy/spark-trainer/train.py.',
  );
}
