import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Inject, Injectable } from '@nestjs/common';
import type { DatasetSummary, FeatureSummary } from '#contracts/http/dataset';
import type { ModelDefinition } from '#contracts/model-definition';
import { Dataset } from '#database/feedback/dataset';
import { csvCell, exportColumns } from '#domain/feedback/export-row';
import { ProblemError } from '#platform/problem';
import { DEFINITIONS } from '../tokens.js';

/** What the dataset of a model holds, as a summary or as a file. */
@Injectable()
export class DatasetReport {
  constructor(
    @Inject(Dataset) private readonly dataset: Dataset,
    @Inject(DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  async summary(model: string): Promise<DatasetSummary> {
    const definition = this.definition(model);
    const { features } = definition;
    const sourceOf = (feature: (typeof features)[number]): string =>
      feature.kind === 'derived-from-url' ? feature.url : feature.name;
    const names = [...new Set(features.map(sourceOf))];
    const categorical = features.filter(({ kind }) => kind === 'categorical' || kind === 'boolean');
    const [rows, totals, answers, numbers, categories] = await Promise.all([
      this.dataset.count(model),
      this.dataset.totals(model),
      this.dataset.answers(model),
      this.dataset.featureNumbers(model, names),
      this.dataset.featureCategories(
        model,
        categorical.map(({ name }) => name),
      ),
    ]);
    return {
      model,
      rows,
      ...totals,
      answers,
      features: features.map((feature): FeatureSummary => {
        const found = numbers.find((each) => each.feature === sourceOf(feature));
        const values = categories.filter((each) => each.feature === feature.name);
        const present = found?.present ?? 0;
        const { minimum = null, maximum = null, mean = null } = found ?? {};
        return {
          feature: feature.name,
          kind: feature.kind,
          present,
          missing: Math.max(0, rows - present),
          categories: categorical.includes(feature) ? (values[0]?.categories ?? 0) : null,
          most_frequent: values.map((each) => ({ value: each.value, rows: each.rows })),
          numbers:
            feature.kind !== 'numeric' || minimum === null || maximum === null || mean === null
              ? null
              : { minimum, maximum, mean },
        };
      }),
    };
  }

  /** The dataset as CSV text, in constant memory. */
  csv(model: string): AsyncGenerator<string> {
    const columns = exportColumns(this.definition(model));
    const { dataset } = this;
    return (async function* lines() {
      yield `${columns.map(({ name }) => csvCell(name)).join(',')}\n`;
      for await (const rows of dataset.rows(model))
        yield rows.map((row) => `${columns.map(({ cell }) => csvCell(cell(row))).join(',')}\n`).join('');
    })();
  }

  /** The dataset as a Parquet file; it passes through a temporary folder, which goes with the stream. */
  async parquet(model: string): Promise<Readable> {
    const lines = this.csv(model);
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
