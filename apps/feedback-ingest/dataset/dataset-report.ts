import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Inject, Injectable } from '@nestjs/common';
import type { DatasetSummary, FeatureSummary } from '#contracts/http/dataset';
import type { Feature, ModelDefinition } from '#contracts/model-definition';
import { csvCell } from '#domain/feedback/csv-cell';
import { exportColumns } from '#domain/feedback/export-row';
import { closestName } from '#domain/rows/closest-name';
import { KnownFeatures } from '#domain/rows/known-features';
import { splitKeyOf, splitPart } from '#domain/split';
import type { Expected } from '#features/coercion-sql';
import { kindNamed, useFeature } from '#features/kinds';
import { ProblemError } from '#platform/problem';
import { MODEL_DEFINITIONS } from '../keys.js';
import { Dataset, type DatasetRow, type OddValue } from '../storage/dataset.js';

/** How a dataset is exported. */
export interface ExportOptions {
  /** Leaves a CSV's cells as they are; else no spreadsheet takes one for a formula. */
  readonly raw: boolean;
  /** Leaves out the rows that versions are judged on. */
  readonly withoutHoldout: boolean;
}

/** The names that rows have for the features which are expected as this. */
const fieldsRead = (features: readonly Feature[], expected: Expected): string[] =>
  features.flatMap((feature) => {
    const { source, reading } = useFeature(feature);
    // A feature that is derived from an address is read from a text, whatever it is itself.
    const read = source.from === 'url' ? 'text' : reading.expected;
    return read === expected ? [source.field] : [];
  });

const MOST_SHOWN = 40;

/** How many rows have what is of the wrong type, and the most frequent of it. */
function wrongTypeOf(wrong: readonly OddValue[], field: string): FeatureSummary['wrong_type'] {
  const found = wrong.filter(({ feature }) => feature === field);
  const [first] = found;
  if (first === undefined) return null;
  const example = JSON.stringify(first.value);
  return {
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    example: example.length > MOST_SHOWN ? `${example.slice(0, MOST_SHOWN - 1)}…` : example,
  };
}

/** What the dataset of a model holds, as a summary or as a file. */
@Injectable()
export class DatasetReport {
  constructor(
    @Inject(Dataset) private readonly dataset: Dataset,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  async summary(model: string): Promise<DatasetSummary> {
    const definition = this.definition(model);
    const { features } = definition;
    const fieldOf = (feature: Feature): string => useFeature(feature).source.field;
    const names = [...new Set(features.map(fieldOf))];
    const categorical = features.filter(({ kind }) => kindNamed(kind).summary === 'values');
    const known = new KnownFeatures(definition);
    const [rows, totals, answers, numbers, categories, unknown, without, odd] = await Promise.all([
      this.dataset.count(model),
      this.dataset.totals(model),
      this.dataset.answers(model),
      this.dataset.featureNumbers(model, names),
      this.dataset.featureCategories(
        model,
        categorical.map(({ name }) => name),
      ),
      // Every row that names its site's domain has it beside its features, and exports have what is derived.
      this.dataset.unknownFeatures(model, [...known.names, ...features.map(({ name }) => name), 'domain', 'url']),
      this.dataset.withoutFeatures(model, known.fields),
      this.dataset.oddValues(model, {
        numbers: fieldsRead(features, 'number'),
        booleans: fieldsRead(features, 'boolean'),
        texts: fieldsRead(features, 'text'),
      }),
    ]);
    const wrong = odd.filter(({ feature, value }) =>
      known.problems({ [feature]: value }).some(({ problem }) => problem === 'wrong-type'),
    );
    return {
      model,
      rows,
      ...totals,
      answers: definition.kind === 'action-outcome' ? answers : answers.map((each) => ({ ...each, successes: null })),
      unknown_features: unknown.map((each) => ({ ...each, closest: closestName(each.feature, known.names) })),
      without_features: without,
      features: features.map((feature): FeatureSummary => {
        const found = numbers.find((each) => each.feature === fieldOf(feature));
        const values = categories.filter((each) => each.feature === feature.name);
        const wrongType = wrongTypeOf(wrong, fieldOf(feature));
        const present = Math.max(0, (found?.present ?? 0) - (wrongType?.rows ?? 0));
        const { minimum = null, maximum = null, mean = null } = found ?? {};
        return {
          feature: feature.name,
          kind: feature.kind,
          present,
          missing: Math.max(0, rows - present),
          wrong_type: wrongType,
          categories: categorical.includes(feature) ? (values[0]?.categories ?? 0) : null,
          most_frequent: values.map((each) => ({ value: each.value, rows: each.rows })),
          numbers:
            kindNamed(feature.kind).summary !== 'range' || minimum === null || maximum === null || mean === null
              ? null
              : { minimum, maximum, mean },
        };
      }),
    };
  }

  /** The dataset as CSV text, in constant memory. */
  csv(model: string, options: ExportOptions): AsyncGenerator<string> {
    const definition = this.definition(model);
    const columns = exportColumns(definition);
    const { dataset } = this;
    const { shares } = definition.split;
    const isExported = ({ task_id, features }: DatasetRow): boolean =>
      !options.withoutHoldout || splitPart(splitKeyOf(definition, task_id, features), shares) !== 'test';
    const lineOf = (row: DatasetRow): string => `${columns.map(({ cell }) => csvCell(cell(row), options)).join(',')}\n`;
    return (async function* lines() {
      yield `${columns.map(({ name }) => csvCell(name, options)).join(',')}\n`;
      for await (const rows of dataset.rows(model)) yield rows.filter(isExported).map(lineOf).join('');
    })();
  }

  /** The dataset as a Parquet file; it passes through a temporary folder, which goes with the stream. */
  async parquet(model: string, options: ExportOptions): Promise<Readable> {
    const lines = this.csv(model, { ...options, raw: true });
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-export-'));
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const csv = join(folder, 'dataset.csv');
      const parquet = join(folder, 'dataset.parquet');
      await pipeline(Readable.from(lines), createWriteStream(csv));
      const database = await DuckDBInstance.create(':memory:', { memory_limit: '256MB' });
      const connection = await database.connect();
      const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;
      await connection.run(
        `copy (select * from read_csv(${quoted(csv)}, header = true, sample_size = -1)) to ${quoted(parquet)} (format parquet, compression zstd)`,
      );
      connection.closeSync();
      database.closeSync();
      const stream = createReadStream(parquet);
      stream.once('close', () => void remove());
      return stream;
    } catch (error) {
      await remove();
      throw error;
    }
  }

  private definition(model: string): ModelDefinition {
    const definition = this.definitions.get(model);
    if (definition) return definition;
    throw new ProblemError(
      404,
      'Unknown model',
      `There is no model "${model}"; expected one of ${[...this.definitions.keys()].join(', ')}.`,
    );
  }
}
