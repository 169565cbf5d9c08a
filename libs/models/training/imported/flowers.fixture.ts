import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelDefinition } from '#contracts/model-definition';
import { Manifest } from '#contracts/model-package';
import { seededRandom } from '#domain/statistics/random';
import type { TrainingOrder } from '../process/job.js';
import { copyLine } from '../rows/copy-line.fixture.js';
import { runTraining } from '../train.js';

/** Which of two flowers it is, by the length of a petal and the meadow it grew in. */
const FLOWERS = {
  name: 'flowers',
  kind: 'multi-class',
  label: 'flower',
  classes: ['aster', 'bellis'],
  features: [
    { name: 'petal', kind: 'numeric' },
    { name: 'meadow', kind: 'categorical' },
  ],
  backend: 'ml-xgboost',
  hyper_parameters: { rounds: 5, max_depth: 3 },
  minimum_rows: 50,
};
export type Flower = Record<string, unknown>;

/** Easy to tell apart. */
const flower = (i: number): Flower => ({
  flower: i % 2 === 0 ? 'aster' : 'bellis',
  petal: (i % 2) * 3 + (i % 7) / 2,
  meadow: `m${i % 4}`,
});

export const flowers = (count: number, change: (flower: Flower, i: number) => Flower = (same) => same): Flower[] =>
  Array.from({ length: count }, (_, i) => change(flower(i), i));

/** Hard to tell apart, one kind in `rarity` being a bellis. */
export function wildFlowers(count: number, rarity = 2): Flower[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => {
    const bellis = random() < 1 / rarity;
    const petal = random() + random() + (bellis ? 0.35 : 0);
    return { flower: bellis ? 'bellis' : 'aster', petal, meadow: `m${Math.floor(random() * 8)}` };
  });
}

export interface Grown {
  readonly manifest: Manifest;
  /** SHA-256 of every file of the package. */
  readonly hashes: Record<string, string>;
  /** What was said on the way. */
  readonly messages: readonly string[];
  readonly workDir: string;
}

/** A flower a minute. */
export const grownAt = (i: number): string => new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();

/** A whole training on these rows, in this process. */
export async function train(
  rows: readonly Flower[],
  changes: Record<string, unknown> = {},
  order: Partial<TrainingOrder> = {},
): Promise<Grown> {
  const workDir = mkdtempSync(join(tmpdir(), 'ratchet-flowers-'));
  const path = join(workDir, 'rows.copy');
  const line = (row: Flower, i: number): string =>
    copyLine([`t${i}`, grownAt(i).replace('T', ' ').slice(0, 19), null, null, null, null, null, JSON.stringify(row)]);
  writeFileSync(path, rows.map(line).join(''));
  const definition = ModelDefinition.parse({ ...FLOWERS, ...changes });
  const messages: string[] = [];
  const { files } = await runTraining(
    {
      definition,
      backend: definition.backend,
      source: { kind: 'copied', files: [path] },
      query: null,
      workDir,
      threads: 2,
      memoryMb: 1024,
      library: null,
      ...order,
    },
    { report: (_stage, _progress, message) => void messages.push(message), snapshot: () => undefined },
  );
  const contents = Object.entries(files).map(([name, file]) => [name, readFileSync(file)] as const);
  const hashes = Object.fromEntries(
    contents.map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
  const manifest = Manifest.parse(JSON.parse(String(Object.fromEntries(contents)['manifest.json'])));
  return { manifest, hashes, messages, workDir };
}
