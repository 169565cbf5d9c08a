import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '#database/data-source';
import { inspectDatabase } from '#database/inspect';
import { StoredEffect } from '#database/registry/stored-effect';
import { initialState } from '#domain/deployment/state';
import { borrowDatabase } from '../stack/shared/borrow.js';

type Kind = StoredEffect['kind'];
/** An effect of each kind, and what is in the database after it: a kind without an example does not compile. */
type Examples = { [K in Kind]: { effect: Extract<StoredEffect, { kind: K }>; query: string; rows: object[] } };

const MODEL = 'backlink-outcome';
const NOW = '2026-05-04T10:00:00.000Z';
const ID = '6f1f1a4e-0d1c-4b8e-9a54-0f5a5a2f9c01';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const EXAMPLES: Examples = {
  event: {
    effect: {
      kind: 'event',
      id: ID,
      topic: 'deployment.failed',
      event: { model: MODEL },
      traceparent: 'of-the-caller',
    },
    query: 'select id, topic, event, traceparent from registry.outbox',
    rows: [{ id: ID, topic: 'deployment.failed', event: { model: MODEL }, traceparent: 'of-the-caller' }],
  },
  deployment: {
    effect: {
      kind: 'deployment',
      record: {
        deployment_id: ID,
        model: MODEL,
        kind: 'deploy',
        state: 'staging',
        cause: 'promote',
        from_version: null,
        to_version: 'v1.0.0',
        generation: 3,
        trigger: 'operator',
        actor: 'alice',
        reason: 'first',
        forced: false,
        started_at: NOW,
        finished_at: null,
        instances: [],
        failure: null,
      },
    },
    query: `select deployment_id, kind, state, generation::int, finished_at, record ->> 'actor' as actor
      from registry.deployments`,
    rows: [{ deployment_id: ID, kind: 'deploy', state: 'staging', generation: 3, finished_at: null, actor: 'alice' }],
  },
  'version-state': {
    effect: { kind: 'version-state', version: 'v1.0.0', state: 'live' },
    query: 'select state, deployed_at from registry.versions',
    rows: [{ state: 'live', deployed_at: new Date(NOW) }],
  },
  backup: {
    effect: {
      kind: 'backup',
      backup_id: ID,
      deployment_id: ID,
      ref: { version: 'v1.0.0', digest: DIGEST, artifact_uri: 'file:///packages/a' },
      generation: 2,
    },
    query: 'select backup_id, model, version, digest, generation::int, deployment_id, taken_at from registry.backups',
    rows: [
      {
        backup_id: ID,
        model: MODEL,
        version: 'v1.0.0',
        digest: DIGEST,
        generation: 2,
        deployment_id: ID,
        taken_at: new Date(NOW),
      },
    ],
  },
  reconciliation: {
    effect: {
      kind: 'reconciliation',
      record: {
        reconciliation_id: ID,
        model: MODEL,
        found_at: NOW,
        finding: 'other-history',
        outcome: 'restored',
        known: { generation: 2, version: 'v1.0.0' },
        seen: { generation: 7, version: 'v1.1.0', digest: DIGEST },
        generation: 8,
        detail: 'found',
        decision: null,
      },
    },
    query: `select reconciliation_id, found_at, record ->> 'outcome' as outcome, record ? 'decision' as twice, decision
      from registry.reconciliations`,
    rows: [{ reconciliation_id: ID, found_at: new Date(NOW), outcome: 'restored', twice: false, decision: null }],
  },
  alert: {
    effect: { kind: 'alert', alert: 'accuracy-drop', detail: 'it fell' },
    query: 'select model, alert, detail, resolved_at from registry.alerts where resolved_at is null order by alert',
    rows: [
      { model: MODEL, alert: 'accuracy-drop', detail: 'it fell', resolved_at: null },
      { model: MODEL, alert: 'data-drift', detail: 'open before', resolved_at: null },
    ],
  },
  'resolve-alert': {
    effect: { kind: 'resolve-alert', alert: 'data-drift' },
    query: 'select alert from registry.alerts where resolved_at is null',
    rows: [],
  },
  audit: {
    effect: {
      kind: 'audit',
      record: {
        sequence: 1,
        at: NOW,
        actor: 'alice',
        action: 'deploy',
        model: MODEL,
        reason: 'first',
        before: null,
        after: { live: 'v1.0.0' },
        previous_hash: '0'.repeat(64),
        hash: 'b'.repeat(64),
      },
    },
    query: `select a.sequence::int, a.actor, a.before, a.after, a.hash, h.sequence::int as head, h.hash as head_hash
      from registry.audit a, registry.audit_head h`,
    rows: [
      {
        sequence: 1,
        actor: 'alice',
        before: null,
        after: { live: 'v1.0.0' },
        hash: 'b'.repeat(64),
        head: 1,
        head_hash: 'b'.repeat(64),
      },
    ],
  },
};

const PREPARE = `
insert into registry.models (model, state) values ('${MODEL}', '{}');
insert into registry.alerts (model, alert, detail) values ('${MODEL}', 'data-drift', 'open before');
insert into registry.versions (model, version, state, digest, artifact_uri, backend, snapshot_hash, definition,
  training_stats, dataset_size, auto_deploy, created_by, actor, created_at)
values ('${MODEL}', 'v1.0.0', 'registered', '${DIGEST}', 'file:///packages/a', 'xgboost', 'sha256:s', '{}', '{}', 1,
  true, 'training', 'alice', now())`;

describe('what the registry asks the database to carry out', () => {
  let postgres: Awaited<ReturnType<typeof borrowDatabase>>;
  let source: DataSource;

  beforeAll(async () => {
    postgres = await borrowDatabase('migrated');
    source = await new DataSource({ type: 'postgres', url: postgres.url }).initialize();
    await source.query(PREPARE);
  });

  afterAll(async () => {
    await source.destroy();
    await postgres.stop();
  });

  /** The rows of `query` after the effects, which are then taken back. */
  async function carriedOut(effects: readonly unknown[], query: string): Promise<unknown> {
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    try {
      const state = JSON.stringify({ ...initialState(MODEL), generation: 7 });
      await runner.query('select registry.carry_out($1, $2, $3, $4)', [MODEL, NOW, JSON.stringify(effects), state]);
      return await runner.query(query);
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }

  it.each(StoredEffect.options.map((option) => option.shape.kind.value))('%s is written', async (kind) => {
    const { effect, query, rows } = EXAMPLES[kind];
    expect(StoredEffect.parse(effect)).toEqual(effect);
    expect(await carriedOut([effect], query)).toEqual(rows);
    expect(await carriedOut([], query)).not.toEqual(rows);
  });

  it('the state of the model is written beside the effects', async () => {
    expect(await carriedOut([], 'select generation::int from registry.models')).toEqual([{ generation: 7 }]);
  });

  it('the database knows just the kinds there are', async () => {
    const [{ definition }]: [{ definition: string }] = await source.query(
      `select pg_get_functiondef('registry.carry_out'::regproc) as definition`,
    );
    const known = [...definition.matchAll(/^\s+when '([a-z-]+)' then$/gm)].map(([, kind]) => kind);
    expect(known.sort()).toEqual(StoredEffect.options.map((option) => option.shape.kind.value).sort());
  });

  it.each([[{ kind: 'page-somebody' }], [{}]])('refuses %j', async (unknown) => {
    await expect(carriedOut([EXAMPLES.event.effect, unknown], 'select 1')).rejects.toThrow(
      /registry\.carry_out does not know the effect ".*": .* Run the migrations/,
    );
  });

  it('a function that has changed since it was applied is applied again', async () => {
    await source.query(`create or replace function registry.resolve_alert(of_model text, of_alert text) returns void
      language sql as 'select'; update ratchet_functions set hash = 'old' where name = 'registry/resolve-alert'`);
    expect((await inspectDatabase(postgres.url)).pending).toEqual(['registry/resolve-alert']);
    expect(await migrate(postgres.url)).toEqual(['registry/resolve-alert']);
    expect((await inspectDatabase(postgres.url)).pending).toEqual([]);
    expect(await migrate(postgres.url)).toEqual([]);
    expect(await carriedOut([EXAMPLES['resolve-alert'].effect], EXAMPLES['resolve-alert'].query)).toEqual([]);
  });

  it('a database of a release that created its functions in migrations gets them anew', async () => {
    await source.query('drop table ratchet_functions');
    const applied = await migrate(postgres.url);
    expect(applied).toContain('registry/carry-out');
    expect((await inspectDatabase(postgres.url)).pending).toEqual([]);
  });
});
