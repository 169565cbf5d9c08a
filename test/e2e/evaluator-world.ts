import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { hexOf, PackageStore } from '#artifacts/package-store';
import type { ModelTrained } from '#contracts/events/training';
import type { Reference } from '#contracts/model-package';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { seededRandom } from '#domain/statistics/random';
import { copyLine } from '#models/training/rows/copy-line.fixture';
import { TrainingDatabase } from '#models/training/rows/duckdb';
import { writeSnapshot } from '#models/training/rows/snapshot';
import type { TestStack } from '../stack/stack.js';
import { trained } from './registry-client.js';

/** The truth of this world: commenting works, forums do not. */
export const SUCCESS = { comment: 0.85, forum: 0.15 } as const;

export function artifactsOf(stack: TestStack): FilesystemStore {
  return new FilesystemStore(pathToFileURL(join(stack.home, 'artifacts')));
}

/**
 * Puts a snapshot of randomly tried actions into the stack's artifact store.
 *
 * @param turned so many of the rows are a month younger, of a world in which forums work and commenting does not
 */
export async function storeSnapshot(stack: TestStack, rows: number, turned = 0): Promise<ModelTrained['snapshot']> {
  const random = seededRandom(1);
  const lines = Array.from({ length: rows }, (_, i) => {
    const action = random() < 0.5 ? 'comment' : 'forum';
    const late = i >= rows - turned;
    const success = random() < SUCCESS[late === (action === 'comment') ? 'forum' : 'comment'];
    const features = JSON.stringify({ da: Math.floor(random() * 100) });
    return copyLine([
      `task-${i}`,
      late ? '2026-02-01 00:00:00' : '2026-01-01 00:00:00',
      action,
      String(success),
      null,
      '0.5',
      null,
      features,
    ]);
  });
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-test-snapshot-'));
  try {
    await writeFile(join(folder, 'rows.copy'), lines.join(''));
    const database = await TrainingDatabase.open({ threads: 1, memoryMb: 512, spillDir: join(folder, 'spill') });
    const parquet = join(folder, 'rows.parquet');
    const { hash, watermark } = await writeSnapshot(database, [join(folder, 'rows.copy')], parquet);
    database.close();
    const store = artifactsOf(stack);
    const key = `snapshots/${hexOf(hash)}.parquet`;
    await store.put(key, await readFile(parquet));
    return { hash, uri: store.uri(key), rows, watermark };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stores a package and tells of it as the trainer would. */
export async function trainedPackage(
  stack: TestStack,
  files: Map<string, Buffer>,
  snapshot: ModelTrained['snapshot'],
): Promise<ModelTrained> {
  const { digest, uri } = await new PackageStore(artifactsOf(stack)).write(files);
  return trained('package', { digest, artifact_uri: uri, snapshot, backend: 'ml-xgboost' });
}

const MODEL_ROW = `
insert into registry.models (model, generation, live_version, live_since, state) values ($1, $2, $3, now(), '{}')
on conflict (model) do update set generation = excluded.generation, live_version = excluded.live_version`;

const VERSION_ROW = `
insert into registry.versions (model, version, state, digest, artifact_uri, backend, snapshot_hash, definition,
  training_stats, dataset_size, auto_deploy, created_by, actor, created_at)
values ($1, $2, 'superseded', $3, $4, 'ml-xgboost', '', '{}', '{}', 1, true, 'test', 'test', now())
on conflict do nothing`;

/** Makes a package the live one, in the tables that the registry would write. */
export async function makeLive(stack: TestStack, version: string, package_: ModelTrained, generation: number) {
  await stack.query(MODEL_ROW, [DEFAULT_MODEL, generation, version]);
  await stack.query(VERSION_ROW, [DEFAULT_MODEL, version, package_.digest, package_.artifact_uri]);
}

const JUDGED = `
insert into feedback.judgements (prediction_id, model, version, generation, task_id, role, decision, action,
  probabilities, success, predicted_at, occurred_at)
select id::uuid, $2, $3, $4, 'task ' || id, 'live', 'comment', 'comment', '{"comment": 0.85, "forum": 0.15}', success,
  at::timestamptz, at::timestamptz
from unnest($1::text[], $5::boolean[], $6::text[]) as judged(id, success, at)
on conflict (prediction_id) do update set success = excluded.success, judged_seq = nextval('feedback.judged_seq')`;

export interface Outcome {
  readonly id: string;
  readonly success: boolean;
  readonly at: string;
}

/** Outcomes of predictions that said "comment" with P(success) 0.85, one a second. */
export function outcomes(count: number, success: number, seed: number, from = Date.UTC(2026, 0, 2)): Outcome[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    success: random() < success,
    at: new Date(from + i * 1000).toISOString(),
  }));
}

/** Stores outcomes as feedback-ingest would have judged them. */
export async function storeJudged(stack: TestStack, version: string, generation: number, of: readonly Outcome[]) {
  await stack.query(JUDGED, [
    of.map(({ id }) => id),
    DEFAULT_MODEL,
    version,
    generation,
    of.map(({ success }) => success),
    of.map(({ at }) => at),
  ]);
}

/** The package with a description of its training rows: `da` even from 0 to 100. */
export function withReference(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const reference: Reference = {
    rows: 5000,
    features: { da: { kind: 'numeric', edges: [20, 40, 60, 80], counts: [1000, 1000, 1000, 1000, 1000], missing: 0 } },
    predictions: { mean: [0.5, 0.5], deciles: [0, 500, 0, 0, 0, 0, 0, 0, 250, 250] },
  };
  return new Map(files).set('reference.json', Buffer.from(JSON.stringify(reference)));
}

const TASKS = `
insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
  outcome_features, outcome_lines, shadow_lines, first_received_at)
select $1, gen_random_uuid()::text, gen_random_uuid(), 'automation', now() + $5::int * interval '1 minute' + n * interval '1 millisecond', 'event', now(),
  case when n % 2 = 0 then 'comment' else 'forum' end, 'success', jsonb_build_object('da', floor($2 + random() * $3)), 1,
  0, now()
from generate_series(1, $4::int) n`;

/** Stores rows of that many minutes from now as feedback-ingest would have folded them, with `da` evenly below a number. */
export async function storeTasks(stack: TestStack, rows: number, minute: number, da: number): Promise<void> {
  await stack.query(TASKS, [DEFAULT_MODEL, 0, da, rows, minute]);
}
