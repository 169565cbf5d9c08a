import type { Feature, ModelDefinition } from '#contracts/model-definition';
import { type Golden, RawRow } from '#contracts/model-package';
import { actionsOf } from '#domain/encoding/columns';
import type { CompiledEncoder } from '#domain/encoding/encoder';
import { sourceOf, valueKindOf } from '#domain/encoding/sources';
import type { TrainedModel } from './backends/backend.js';
import { literal, type TrainingDatabase } from './duckdb.js';

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
  const fields = new Set(definition.features.map((feature) => sourceOf(feature).field));
  return chosen.map(([action, features]) => ({
    input: Object.fromEntries(
      Object.entries(RawRow.parse(JSON.parse(String(features)))).filter(([field]) => fields.has(field)),
    ),
    action: definition.kind === 'action-outcome' ? String(action) : null,
  }));
}

/** One value for a field per kind of feature, for the rows nobody has sent yet. */
type Invent = (feature: Feature) => unknown;

const byKind =
  (number: unknown, boolean: unknown, category: unknown, url: unknown): Invent =>
  (feature) => {
    if (feature.kind === 'derived-from-url') return url;
    const kind = valueKindOf(feature);
    return kind === 'number' ? number : kind === 'boolean' ? boolean : category;
  };

const INVENTED: readonly Invent[] = [
  () => undefined,
  () => null,
  () => '',
  byKind(0, false, 'never-seen-before', 'https://never-seen.example/'),
  byKind('12.5', 'yes', ' padded ', 'http://www.example.com:8080/a/b/c?d=e#f'),
  byKind(-1, 'false', 3, 'not a url'),
  byKind(1e30, 1, true, 'https://xn--bcher-kva.example/%20/'),
  byKind(-1e30, 0, 'ünïcödé', 'ftp://example.org/file'),
  byKind('n/a', 'n/a', 'n/a', 'n/a'),
  byKind([1], { a: 1 }, ['list'], 7),
  byKind('1e39', 2, 'UPPER', 'https://10.0.0.1/deep/er/and/deep/er'),
  byKind(true, '1.0', '0', 'https://localhost'),
];

/** Rows that exercise everything an engine may send: nothing, empty, unseen, wrong types, extremes. */
export function inventedInputs(definition: ModelDefinition): GoldenInput[] {
  const actions = actionsOf(definition);
  return INVENTED.map((invent, i) => {
    const input: RawRow = {};
    for (const feature of definition.features) {
      const value = invent(feature);
      if (value !== undefined) input[sourceOf(feature).field] = value;
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
