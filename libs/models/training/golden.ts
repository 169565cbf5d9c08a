import type { ModelDefinition } from '#contracts/model-definition';
import { type Golden, RawRow } from '#contracts/model-package';
import { actionsOf } from '#domain/encoding/columns';
import type { CompiledEncoder } from '#domain/encoding/encoder';
import type { Examples } from '#features/kind';
import { useFeature } from '#features/kinds';
import { literal } from '#features/sql';
import type { TrainedModel } from './backends/backend.js';
import type { TrainingDatabase } from './rows/duckdb.js';

/** Largest absolute difference of a probability that still counts as equal: float32 sums differ by less. */
export const GOLDEN_TOLERANCE = 1e-6;
const REAL_CASES = 24;
/** Of a larger snapshot every so-manieth row is considered: giving each its place would take longer than all the rest. */
const REAL_CANDIDATES = 10_000;

export interface GoldenInput {
  readonly input: RawRow;
  readonly action: string | null;
}

/** Real rows of the snapshot, the same ones each time, with the fields that the model reads. */
export async function realInputs(
  database: TrainingDatabase,
  parquet: string,
  definition: ModelDefinition,
  rows: number,
): Promise<GoldenInput[]> {
  const step = Math.max(1, Math.floor(rows / REAL_CANDIDATES));
  const chosen = await database.rows(`
    with chosen as (
      select n, sha256('golden:' || task_id) as place from typed_rows where n % ${step} = 0 order by place limit ${REAL_CASES})
    select action, features from read_parquet(${literal(parquet)}, file_row_number = true)
    join chosen on n = file_row_number order by place`);
  const fields = new Set(definition.features.map((feature) => useFeature(feature).source.field));
  return chosen.map(([action, features]) => ({
    input: Object.fromEntries(
      Object.entries(RawRow.parse(JSON.parse(String(features)))).filter(([field]) => fields.has(field)),
    ),
    action: definition.kind === 'action-outcome' ? String(action) : null,
  }));
}

/** Nothing in three ways, then what each kind of feature has to offer. */
const INVENTED: readonly ((examples: Examples) => unknown)[] = [
  () => undefined,
  () => null,
  () => '',
  ({ 0: zero }) => zero,
  ({ 1: padded }) => padded,
  ({ 2: negative }) => negative,
  ({ 3: huge }) => huge,
  ({ 4: tiny }) => tiny,
  ({ 5: words }) => words,
  ({ 6: nested }) => nested,
  ({ 7: beyond }) => beyond,
  ({ 8: otherType }) => otherType,
];

/** Rows that exercise everything an engine may send: nothing, empty, unseen, wrong types, extremes. */
export function inventedInputs(definition: ModelDefinition): GoldenInput[] {
  const actions = actionsOf(definition);
  return INVENTED.map((invent, i) => {
    const input: RawRow = {};
    for (const feature of definition.features) {
      const { source, examples } = useFeature(feature);
      const value = invent(examples);
      if (value !== undefined) input[source.field] = value;
    }
    return { input, action: actions.length > 0 ? (actions[i % actions.length] ?? null) : null };
  });
}

/** `golden.json`: what the training library answers for these inputs. */
export function goldenOf(
  inputs: readonly GoldenInput[],
  encoder: CompiledEncoder,
  model: Pick<TrainedModel, 'probabilities'>,
): Golden {
  const { width } = encoder;
  const rows = new Float32Array(inputs.length * width);
  inputs.forEach(({ input, action }, i) => {
    encoder.encode(input, rows, i * width);
    if (action !== null) encoder.encodeAction(action, rows, i * width);
  });
  const probabilities = model.probabilities({ rows: inputs.length, columns: width, values: rows });
  const classes = probabilities.length / inputs.length;
  return {
    tolerance: GOLDEN_TOLERANCE,
    cases: inputs.map(({ input, action }, i) => ({
      input,
      action,
      row: Array.from(rows.subarray(i * width, (i + 1) * width), (value) => (Number.isNaN(value) ? null : value)),
      probabilities: Array.from(probabilities.subarray(i * classes, (i + 1) * classes)),
    })),
  };
}
