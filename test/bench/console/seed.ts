import type { AuditRecord } from '#contracts/http/audit';
import { chainRecord, EMPTY_CHAIN } from '#domain/audit/hash-chain';
import { initialState } from '#domain/deployment/state';
import { type History, historyOf } from '../../browser/fixture/history.js';
import type { Chapter } from '../../browser/fixture/story.js';

/** Where the rows go. */
export interface Database {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

import * as sql from './seed.sql.js';

export interface Size {
  readonly versions: number;
  readonly outcomes: number;
  readonly audit: number;
  /** Over which all of it happened. */
  readonly days: number;
}

const AT_ONCE = 50_000;
const AUDIT_AT_ONCE = 2_500;

/** Fills an empty database with the history of a model that has been running for a while. */
export async function seed(database: Database, model: string, size: Size): Promise<History> {
  const now = new Date();
  const history = historyOf(storyOf(size), now);
  const live = history.versions.find(({ state }) => state === 'live');
  if (live === undefined) throw new Error('the story has no live version');
  const { version, digest, artifact_uri, deployed_at } = live;
  const refs = history.versions
    .filter(({ state }) => state === 'superseded')
    .slice(0, 3)
    .map((older) => ({ version: older.version, digest: older.digest, artifact_uri: older.artifact_uri }));
  const since = deployed_at ?? now.toISOString();
  const { generation } = history;
  await database.query(sql.MODEL, [
    model,
    generation,
    version,
    since,
    {
      ...initialState(model),
      generation,
      live: { version, digest, artifact_uri, since, generation, proven: true },
      history: refs,
      warm: refs,
    },
  ]);
  for (const [query, rows] of [
    [sql.VERSIONS, history.versions],
    [sql.EVALUATIONS, history.versions],
    [sql.DEPLOYMENTS, history.deployments],
    [sql.RUNS, history.runs],
  ] as const)
    await database.query(query, [JSON.stringify(rows)]);
  await database.query(sql.RUN_LOGS);
  await seedAudit(database, model, size.audit, now);
  for (let first = 1; first <= size.outcomes; first += AT_ONCE)
    for (const query of sql.outcomeQueries(size.outcomes, size.days, size.versions))
      await database.query(query, [model, first, Math.min(size.outcomes, first + AT_ONCE - 1)]);
  for (const query of [sql.WINDOWS, sql.HOURS, sql.DEAD_LETTERS, sql.OFFSETS]) await database.query(query);
  await database.query(sql.DRIFT_CHECKS, [model, version]);
  await database.query('vacuum analyze');
  return history;
}

/** One version after the other, every tenth of them refused. */
function storyOf({ versions, days }: Size): Chapter[] {
  return Array.from({ length: versions }, (_, index): Chapter => {
    const from = (days * (versions - index)) / versions;
    const to = (days * (versions - index - 1)) / versions;
    const last = index === versions - 1;
    const refused = index % 10 === 9 && !last;
    return {
      version: `v1.${index}.0`,
      daysAgo: from,
      accuracy: 0.6 + (0.2 * index) / versions,
      state: last ? 'live' : refused ? 'rejected' : 'superseded',
      live: refused ? [] : [{ from, to }],
    };
  });
}

/** A chain that holds, of records as large as those of deployments. */
async function seedAudit(database: Database, model: string, records: number, now: Date): Promise<void> {
  let head = EMPTY_CHAIN;
  for (let first = 1; first <= records; first += AUDIT_AT_ONCE) {
    const batch: AuditRecord[] = [];
    for (let n = first; n < first + AUDIT_AT_ONCE && n <= records; n++) {
      const state = { ...initialState(model), generation: n, history: [], note: 'x'.repeat(600) };
      const record = chainRecord(head, {
        at: new Date(now.getTime() - (records - n) * 60_000),
        actor: 'gate',
        action: 'deployment.promoted',
        model,
        reason: `Record ${n} of the benchmark.`,
        before: state,
        after: { ...state, generation: n + 1 },
      });
      batch.push(record);
      head = record;
    }
    await database.query(sql.AUDIT, [JSON.stringify(batch)]);
  }
  await database.query('update registry.audit_head set sequence = $1, hash = $2', [head.sequence, head.hash]);
}
