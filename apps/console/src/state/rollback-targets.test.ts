import { describe, expect, it } from 'vitest';
import type { ModelStatus } from '#contracts/http/models';
import type { VersionSummary } from '#contracts/http/versions';
import { rollbackTargets } from './rollback-targets.js';

const ref = (version: string) => ({ version, digest: `sha256:${'a'.repeat(64)}`, artifact_uri: 'file:///x' });

const version = (
  name: string,
  state: VersionSummary['state'],
  deployedAt: string | null,
): Pick<VersionSummary, 'version' | 'state' | 'deployed_at'> & VersionSummary => ({
  model: 'm',
  ...ref(name),
  state,
  backend: 'xgboost',
  created_at: '2026-01-01T00:00:00Z',
  deployed_at: deployedAt,
  training_stats: {
    train_accuracy: 0.9,
    val_accuracy: 0.8,
    n_features: 3,
    n_train: 70,
    n_validation: 15,
    n_test: 15,
    rounds: 10,
    class_counts: {},
  },
  evaluation_metrics: { accuracy: 0.8, f1_macro: 0.8, failure_rate_reduction: null },
  verdict: 'pass',
  dataset_size: 100,
  created_by: 'retraining_job',
  run_id: null,
});

const status = (live: string | null, change: Partial<ModelStatus> = {}): ModelStatus => ({
  model: 'm',
  generation: 9,
  live: live === null ? null : ref(live),
  live_since: null,
  canary: null,
  deployment: null,
  instances: [
    {
      instance: 'serving-1',
      url: 'http://127.0.0.1:7410',
      ready: true,
      last_seen: '2026-03-12T09:59:58Z',
      version: live,
      generation: 9,
      seen_generation: 9,
      warm: ['v1.2.0'],
    },
  ],
  versions: 5,
  dataset_rows: 100,
  last_run: null,
  alerts: [],
  ...change,
});

const VERSIONS = [
  version('v1.4.0', 'registered', null),
  version('v1.3.0', 'live', '2026-01-09T00:00:00Z'),
  version('v1.2.1', 'rolled-back', '2026-01-08T00:00:00Z'),
  version('v1.1.0', 'superseded', '2026-01-02T00:00:00Z'),
  version('v1.2.0', 'superseded', '2026-01-05T00:00:00Z'),
  version('v1.0.0', 'removed', '2026-01-01T00:00:00Z'),
];

describe('rollbackTargets', () => {
  it('puts the version that was live last first, and those that were taken back last', () => {
    expect(rollbackTargets(status('v1.3.0'), VERSIONS)).toEqual([
      { version: 'v1.2.0', note: 'live before', warm: 1 },
      { version: 'v1.1.0', note: 'live earlier', warm: 0 },
      { version: 'v1.2.1', note: 'was rolled back itself', warm: 0 },
    ]);
  });

  it('offers to stop a roll-out by staying at what is live', () => {
    const deployment: ModelStatus['deployment'] = {
      deployment_id: '018f6f5e-0000-7000-8000-000000000001',
      model: 'm',
      kind: 'deploy',
      state: 'canary',
      cause: 'canary',
      from_version: 'v1.3.0',
      to_version: 'v1.4.0',
      generation: 9,
      trigger: 'gate',
      actor: 'gate',
      reason: 'passed',
      forced: false,
      started_at: '2026-01-10T00:00:00Z',
      finished_at: null,
      instances: [],
      failure: null,
    };
    expect(rollbackTargets(status('v1.3.0', { deployment }), VERSIONS)[0]).toEqual({
      version: 'v1.3.0',
      note: 'live now; stops the roll-out',
      warm: 1,
    });
  });

  it('puts first where the registry would go', () => {
    const targets = rollbackTargets(status('v1.3.0', { rollback_to: ref('v1.1.0') }), VERSIONS);
    expect(targets.map(({ version, note }) => `${version} ${note}`)).toEqual([
      'v1.1.0 live before',
      'v1.2.0 live earlier',
      'v1.2.1 was rolled back itself',
    ]);
  });

  it('has nowhere to go before anything was live', () => {
    expect(rollbackTargets(status(null), VERSIONS)).toEqual([]);
  });
});
