import type { Deployment } from '#contracts/http/deployments';
import type { ImportProgress } from '#contracts/http/ingest';
import type { ModelStatus } from '#contracts/http/models';
import type { Run } from '#contracts/http/runs';
import type { VersionDetail, VersionSummary } from '#contracts/http/versions';

const digest = `sha256:${'a'.repeat(64)}`;
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const training_stats = {
  train_accuracy: 0.92,
  val_accuracy: 0.88,
  n_features: 25,
  n_train: 5000,
  n_validation: 1000,
  n_test: 1000,
  rounds: 87,
  class_counts: { failed: 4000, success: 3000 },
};

export const ids = { deployment: id(1), command: id(2), run: id(3), request: id(4), import: id(5) };

export const deployment: Deployment = {
  deployment_id: ids.deployment,
  model: 'backlink-outcome',
  kind: 'rollback',
  state: 'done',
  cause: 'rollback',
  from_version: 'v1.1.0',
  to_version: 'v1.0.0',
  generation: 7,
  trigger: 'operator',
  actor: 'local',
  reason: 'captchas everywhere',
  forced: false,
  started_at: '2026-01-04T09:00:00Z',
  finished_at: '2026-01-04T09:00:01Z',
  instances: [
    { instance: 'serving-1', state: 'activated', milliseconds: 12.4, detail: null },
    { instance: 'serving-2', state: 'activated', milliseconds: 1400, detail: null },
  ],
  failure: null,
};

export const run: Run = {
  run_id: ids.run,
  request_id: ids.request,
  model: 'backlink-outcome',
  trigger: 'cli',
  actor: 'local',
  state: 'running',
  stage: 'train',
  progress: 0.5,
  message: 'round 100 of 200',
  backend: 'xgboost',
  engine: 'built-in',
  rows: 7000,
  digest: null,
  version: null,
  verdict: null,
  failure: null,
  remedy: null,
  queued_at: '2026-01-04T09:00:00Z',
  started_at: '2026-01-04T09:00:01Z',
  finished_at: null,
};

export const summary: VersionSummary = {
  model: 'backlink-outcome',
  version: 'v1.1.0',
  state: 'registered',
  digest,
  artifact_uri: 'file:///packages/aa',
  backend: 'xgboost',
  created_at: '2026-01-04T09:00:00Z',
  deployed_at: null,
  training_stats,
  evaluation_metrics: { accuracy: 0.87, f1_macro: 0.85, failure_rate_reduction: 0.15 },
  verdict: 'fail',
  dataset_size: 7000,
  created_by: 'retraining_job',
  run_id: ids.run,
};

export const detail: VersionDetail = {
  ...summary,
  evaluation: {
    evaluation_id: id(6),
    model: 'backlink-outcome',
    trained: {
      run_id: ids.run,
      request_id: ids.request,
      model: 'backlink-outcome',
      backend: 'xgboost',
      digest,
      artifact_uri: 'file:///packages/aa',
      snapshot: { hash: digest, uri: 'file:///snapshots/aa', rows: 7000, watermark: '2026-01-04T08:59:00Z' },
      training_stats,
      dataset_size: 7000,
      auto_deploy: true,
      actor: 'local',
      created_by: 'retraining_job',
      duration_ms: 2100,
      trained_at: '2026-01-04T09:00:10Z',
    },
    champion: { version: 'v1.0.0', digest, artifact_uri: 'file:///packages/bb' },
    holdout: { snapshot_hash: digest, rows: 1000 },
    challenger_metrics: {
      rows: 1000,
      accuracy: 0.87,
      f1_macro: 0.85,
      log_loss: 0.3,
      brier: 0.1,
      roc_auc: 0.91,
      per_class: [{ class: 'success', precision: 0.8, recall: 0.81, f1: 0.805, support: 400 }],
      confusion_matrix: [
        [500, 100],
        [30, 370],
      ],
      classes: ['failed', 'success'],
      calibration: [],
    },
    champion_metrics: null,
    baseline_accuracy: 0.6,
    accuracy_difference: { low: -0.01, high: 0.02, confidence: 0.95 },
    mcnemar_p_value: 0.31,
    failure_rate_reduction: { method: 'matched-replay', value: 0.02, interval: null, effective_samples: 412.4 },
    gate: {
      verdict: 'fail',
      summary: 'accuracy improved by too little',
      checks: [
        {
          check: 'accuracy_improvement',
          outcome: 'fail',
          value: 0.004,
          threshold: 0.01,
          explanation: 'accuracy 0.87 against 0.866: better by 0.004, needed 0.01',
        },
      ],
    },
    report_uri: null,
    evaluated_at: '2026-01-04T09:00:12Z',
  },
};

export const modelStatus: ModelStatus = {
  model: 'backlink-outcome',
  generation: 7,
  live: { version: 'v1.0.0', digest, artifact_uri: 'file:///packages/bb' },
  live_since: '2026-01-04T08:00:00Z',
  canary: null,
  deployment: null,
  instances: [
    {
      instance: 'serving-1',
      url: 'http://127.0.0.1:7410',
      ready: true,
      last_seen: '2026-01-04T09:00:00Z',
      version: 'v1.0.0',
      generation: 7,
      seen_generation: 7,
      warm: ['v1.0.0', 'v1.1.0'],
    },
  ],
  versions: 2,
  dataset_rows: 7000,
  last_run: run,
  alerts: [],
};

export const imported: ImportProgress = {
  import_id: ids.import,
  name: 'automation_logs.jsonl',
  kind: 'automation',
  model: 'backlink-outcome',
  bytes_read: 300,
  bytes_total: 300,
  counts: { read: 4, taken: 1, folded: 1, duplicate: 1, rejected: 1, rejected_by_reason: { 'not-json': 1 } },
  rejections: [{ line: 3, reason: 'not-json', field: null, detail: 'expected one JSON object per line' }],
  done: true,
  error: null,
  at: '2026-01-04T09:00:00Z',
};
