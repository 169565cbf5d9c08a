import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Manifest, RawRow } from '#contracts/model-package';
import { actionsOf } from '#domain/encoding/columns';
import { type CompiledEncoder, compileEncoder } from '#domain/encoding/encoder';
import { ForestEvaluator } from '#models/evaluators/walks/forest-evaluator';
import { openPackage } from '#models/package/open-package';
import { copyLine } from '#models/training/rows/copy-line.fixture';
import { runTraining } from '#models/training/train';
import { type StreamRow, timeOf } from './stream.js';

export interface LearntRow extends StreamRow {
  readonly number: number;
}

/** A model as training makes it and serving answers with it. */
export class Learnt {
  private readonly encoder: CompiledEncoder;
  private readonly row: Float32Array;
  private readonly out: Float64Array;
  readonly actions: readonly string[];

  constructor(
    readonly manifest: Manifest,
    private readonly evaluator: ForestEvaluator,
    /** Number of the newest row it could have learnt from. */
    readonly until: number,
  ) {
    this.encoder = compileEncoder(manifest);
    this.row = new Float32Array(this.encoder.width);
    this.out = new Float64Array(manifest.classes.length);
    this.actions = actionsOf(manifest.definition);
  }

  /** P(second class), of an action where there are any. */
  probability(features: RawRow, action: string | null): number {
    this.encoder.encode(features, this.row, 0);
    if (action !== null) this.encoder.encodeAction(action, this.row, 0);
    this.evaluator.predictRow(this.row, 0, this.out);
    return this.out[1] ?? Number.NaN;
  }

  /** The best action, and what is thought of each. */
  best(features: RawRow): { action: number; success: number } {
    let best = { action: 0, success: -1 };
    this.actions.forEach((name, action) => {
      const success = this.probability(features, name);
      if (success > best.success) best = { action, success };
    });
    return best;
  }

  isRight(row: StreamRow): boolean {
    return this.probability(row.features, row.action) >= 0.5 === isSecond(row, this.manifest);
  }

  accuracy(rows: readonly StreamRow[]): number {
    return rows.filter((row) => this.isRight(row)).length / rows.length;
  }
}

/** Whether a row is of the second class: succeeded, where there are actions. */
export const isSecond = (row: StreamRow, { classes }: Pick<Manifest, 'classes'>): boolean =>
  row.success ?? row.label === classes[1];

/** A whole training by the trainer's own code, in this process. */
export async function trainOn(
  definition: ModelDefinition,
  rows: readonly LearntRow[],
  onsets: readonly number[],
  library: string | null,
): Promise<Learnt> {
  const workDir = mkdtempSync(join(tmpdir(), 'ratchet-drift-'));
  try {
    const file = join(workDir, 'rows.copy');
    const line = ({ number, features, label, action, success, propensity }: LearntRow) =>
      copyLine([
        taskOf(number),
        new Date(timeOf(number)).toISOString().replace('T', ' ').slice(0, 19),
        action,
        success === null ? null : String(success),
        label,
        propensity === null ? null : String(propensity),
        null,
        JSON.stringify(features),
      ]);
    writeFileSync(file, rows.map(line).join(''));
    const { files } = await runTraining(
      {
        definition,
        backend: definition.backend,
        source: { kind: 'copied', files: [file] },
        query: null,
        workDir,
        threads: 1,
        memoryMb: 1024,
        library,
        onsets: onsets.map((number) => new Date(timeOf(number)).toISOString()),
      },
      { report: () => undefined, snapshot: () => undefined },
    );
    const opened = openPackage(new Map(Object.entries(files).map(([name, path]) => [name, readFileSync(path)])));
    const evaluator = new ForestEvaluator(opened.forest, opened.manifest.classes);
    return new Learnt(opened.manifest, evaluator, rows.at(-1)?.number ?? 0);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Task ids whose order is that of the numbers. */
export const taskOf = (number: number): string => `t${String(number).padStart(7, '0')}`;

/** A digest for the registry, which looks at nothing else of a package. */
export const digestOf = (version: string): string => `sha256:${createHash('sha256').update(version).digest('hex')}`;
