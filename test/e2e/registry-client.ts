import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { ModelEvaluated, Verdict } from '#contracts/events/evaluation';
import type { ModelTrained } from '#contracts/events/training';
import { CommandAccepted, Deployment } from '#contracts/http/deployments';
import type { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';

/** What the tests ask of a registry over HTTP, as its administrator. */
export class RegistryClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
    readonly model = DEFAULT_MODEL,
  ) {}

  async request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  async get<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
    const { status, body } = await this.request('GET', path);
    if (status !== 200) throw new Error(`GET ${path} gave ${status}: ${JSON.stringify(body)}`);
    return schema.parse(body);
  }

  async command(verb: 'deploy' | 'rollback', body: unknown): Promise<CommandAccepted> {
    const reply = await this.request('POST', `/v1/models/${this.model}/${verb}`, body);
    if (reply.status !== 202) throw new Error(`${verb} gave ${reply.status}: ${JSON.stringify(reply.body)}`);
    return CommandAccepted.parse(reply.body);
  }

  deployment(id: string): Promise<Deployment> {
    return this.get(Deployment, `/v1/models/${this.model}/deployments/${id}`);
  }
}

/** A training that never happened, with a digest of its own. */
export function trained(name: string, changes: Partial<ModelTrained> = {}): ModelTrained {
  const hex = Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
  return {
    run_id: randomUUID(),
    request_id: randomUUID(),
    model: DEFAULT_MODEL,
    backend: 'xgboost',
    digest: `sha256:${hex}`,
    artifact_uri: `file:///packages/${hex}`,
    snapshot: { hash: `sha256:${hex}`, uri: 'file:///snapshot', rows: 1000, watermark: '2026-01-04T09:00:00Z' },
    training_stats: {
      train_accuracy: 0.9,
      val_accuracy: 0.8,
      n_features: 13,
      n_train: 700,
      n_validation: 150,
      n_test: 150,
      rounds: 40,
      class_counts: { failed: 600, success: 400 },
    },
    dataset_size: 1000,
    auto_deploy: false,
    actor: 'test',
    created_by: 'retraining_job',
    duration_ms: 1000,
    trained_at: new Date().toISOString(),
    ...changes,
  };
}

export function evaluated(of: ModelTrained, verdict: Verdict, champion: VersionSummary | null = null): ModelEvaluated {
  return {
    evaluation_id: randomUUID(),
    model: of.model,
    trained: of,
    champion:
      champion === null
        ? null
        : { version: champion.version, digest: champion.digest, artifact_uri: champion.artifact_uri },
    holdout: { snapshot_hash: of.snapshot.hash, rows: 150 },
    challenger_metrics: {
      rows: 150,
      accuracy: 0.81,
      f1_macro: 0.79,
      log_loss: 0.4,
      brier: 0.1,
      roc_auc: 0.85,
      per_class: [],
      confusion_matrix: [],
      classes: ['failed', 'success'],
      calibration: [],
    },
    champion_metrics: null,
    baseline_accuracy: 0.6,
    accuracy_difference: null,
    mcnemar_p_value: null,
    failure_rate_reduction: { method: 'not-applicable', value: null, interval: null, effective_samples: 0 },
    gate: { verdict, checks: [], summary: `the verdict is ${verdict}` },
    report_uri: null,
    evaluated_at: new Date().toISOString(),
  };
}
