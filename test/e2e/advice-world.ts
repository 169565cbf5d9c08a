import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { DEFAULT_MODEL } from '#contracts/default-model';
import type { Verdict } from '#contracts/events/evaluation';
import { AuditRecord } from '#contracts/http/audit';
import { Backup } from '#contracts/http/backups';
import { DefinitionDetail } from '#contracts/http/definitions';
import { Deployment } from '#contracts/http/deployments';
import { DeadLetterGroup } from '#contracts/http/feedback';
import { AliasRecord } from '#contracts/http/labels';
import { ModelStatus } from '#contracts/http/models';
import { Reconciliation } from '#contracts/http/reconciliation';
import { Run } from '#contracts/http/runs';
import { VersionSummary } from '#contracts/http/versions';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from '../stack/stack.js';
import { samplePackage } from './model-packages.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';
import { decide } from './serving-world.js';

/** One that advice is about, the default one, and one that nothing is ever about. */
export const MODELS = ['churn', DEFAULT_MODEL, 'bystander'] as const;
export type Model = (typeof MODELS)[number];

const [port = 0] = await freePorts(1);
const PATIENCE = { deadlineMs: 60_000 };

/** What can be otherwise about a model, as the API tells it. */
export type Aspect = keyof Awaited<ReturnType<AdviceWorld['model']>>;

export const definitionOf = (
  name: string,
  changes: { steps?: string; approvals?: number; description?: string } = {},
) =>
  `name: ${name}
description: ${changes.description ?? 'One of three.'}
kind: action-outcome
actions: [comment, forum]
features:
  - { name: da, kind: numeric }
backend: xgboost
minimum_rows: 50
schedule: ''
hyper_parameters: { rounds: 20, max_depth: 3 }
exploration: { rate: 0.05 }
gate: { minimum_holdout_rows: 10 }
canary: { steps: ${changes.steps ?? '[100]'} }
${changes.approvals === undefined ? '' : `approvals: ${changes.approvals}\n`}`;

/** Takes alerts as a webhook does, and tells history as the historical API does. */
class Outside {
  readonly told: string[] = [];
  private asked = 0;
  private readonly server: Server = createServer((request, response) => {
    if (request.method === 'POST') {
      request.setEncoding('utf8').on('data', (piece: string) => this.told.push(piece));
      request.on('end', () => response.writeHead(204).end());
      return;
    }
    const id = 5_000_000 + this.asked++;
    const task = { id, type: 'forum', status: 'success', error_message: null };
    const backlink = { id, url: `https://s${id}.example.org/`, pa: '31', da: 44, site_type: 'forum', status: 'active' };
    const one = {
      success: true,
      created_at: new Date().toISOString(),
      task,
      backlink,
      campaign: null,
      opportunity: null,
    };
    response.end(JSON.stringify({ success: true, count: 1, data: [one] }));
  });

  constructor(readonly port: number) {
    this.server.listen(port, '127.0.0.1');
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Three models that are alike, each live by its second version, and what is needed to bring one to where advice is given. */
export class AdviceWorld {
  private readonly outside = new Outside(port);
  readonly folder = mkdtempSync(join(tmpdir(), 'ratchet-advice-'));
  /** Where the stack finds the models, and what is outside. */
  readonly env: NodeJS.ProcessEnv = {
    MODELS_DIR: join(this.folder, 'models'),
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/hook`,
    HISTORICAL_API_URL: `http://127.0.0.1:${port}`,
    HISTORICAL_API_TOKEN: 'right',
    SCHEDULE_POLL_MS: '3600000',
    RETENTION_INTERVAL_SECONDS: '86400',
  };
  private made = 0;
  private producer: EventProducer | undefined;

  constructor(private readonly stack: () => TestStack) {
    const models = join(this.folder, 'models');
    mkdirSync(models);
    for (const model of MODELS) writeFileSync(join(models, `${model}.yaml`), definitionOf(model));
  }

  /** Text that no other call has given. */
  unique(prefix: string): string {
    return `${prefix}-${++this.made}`;
  }

  file(name: string, content: string | Buffer): string {
    const folder = join(this.folder, this.unique('files'));
    mkdirSync(folder);
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }

  /** Outcomes that nobody has told of yet, as an engine's log has them. */
  log(rows = 1, more: object = {}): string {
    const line = () => ({
      timestamp: '2026-01-04T09:12:31Z',
      task_id: this.unique('task'),
      action_attempted: this.made % 2 === 0 ? 'forum' : 'comment',
      result: this.made % 3 === 0 ? 'failed' : 'success',
      site: { da: this.made % 100 },
      ...more,
    });
    return Array.from({ length: rows }, () => `${JSON.stringify(line())}\n`).join('');
  }

  client(model: string = DEFAULT_MODEL): RegistryClient {
    return new RegistryClient(this.stack().urls.registry, this.stack().token, model);
  }

  async post(path: string, body: unknown): Promise<unknown> {
    const { status, body: answer } = await this.client().request('POST', path, body);
    if (status >= 300) throw new Error(`POST ${path} gave ${status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  status(model: string): Promise<ModelStatus> {
    return this.client().get(ModelStatus, `/v1/models/${model}`);
  }

  /** All that an advised command could change about a model. */
  async model(model: string) {
    const client = this.client();
    const path = `/v1/models/${model}`;
    const [status, versions, aliases, deployments, runs, definition, backups, findings, audit] = await Promise.all([
      this.status(model),
      client.get(z.array(VersionSummary), `${path}/versions`),
      client.get(z.array(AliasRecord), `${path}/aliases`),
      client.get(z.array(Deployment), `${path}/deployments?limit=1000`),
      client.get(z.array(Run), `/v1/runs?model=${model}&limit=1000`),
      client.get(DefinitionDetail, `${path}/definition`),
      client.get(z.array(Backup), `${path}/backups?limit=1000`),
      client.get(z.array(Reconciliation), `${path}/reconciliations?limit=1000`),
      client.get(z.array(AuditRecord), `/v1/audit?model=${model}&limit=1000`),
    ]);
    return {
      live: status.live?.version ?? null,
      canary: status.canary,
      shadow: status.shadow?.version ?? null,
      rows: status.dataset_rows,
      versions: versions.map(({ version, digest }) => `${version} ${digest}`),
      labels: versions.map(({ version, tags, description }) => ({ version, tags, description })),
      aliases: aliases.map(({ alias, version }) => `${alias} ${version}`),
      deployments: deployments.map(({ deployment_id, kind, to_version }) => `${kind} ${to_version} ${deployment_id}`),
      runs: runs.map(({ run_id, state }) => `${run_id} ${state}`),
      definition: definition.revision,
      backups: backups.map(({ backup_id }) => backup_id),
      findings: findings.map(({ reconciliation_id, decision }) => `${reconciliation_id} ${decision?.decision}`),
      audit: audit.map(({ sequence, action }) => `${sequence} ${action}`),
    };
  }

  /** What belongs to no model. */
  async rest() {
    const [tokens, letters] = await Promise.all([
      this.client().get(z.array(z.looseObject({ name: z.string(), revoked_at: z.string().nullable() })), '/v1/tokens'),
      this.letters(),
    ]);
    return {
      tokens: tokens.map(({ name, revoked_at }) => `${name} ${revoked_at === null ? 'holds' : 'is revoked'}`).sort(),
      letters: letters
        .map(({ reason, topic, waiting, replayed }) => `${topic} ${reason} ${waiting} ${replayed}`)
        .sort(),
      told: this.outside.told.filter((text) => text.includes('test')).length,
    };
  }

  async letters(): Promise<DeadLetterGroup[]> {
    const answer = await fetch(`${this.stack().urls['feedback-ingest']}/v1/dead-letters`, {
      headers: { authorization: `Bearer ${this.stack().token}` },
    });
    return z.array(DeadLetterGroup).parse(await answer.json());
  }

  /** Waits until nothing goes on about a model. */
  async settled(model: string): Promise<void> {
    await until(
      `nothing to go on about ${model}`,
      async () => {
        const now = await this.status(model);
        const [run] = await this.client().get(z.array(Run), `/v1/runs?model=${model}&limit=1`);
        const trained = run?.state !== 'queued' && run?.state !== 'running';
        // What was trained is judged a moment later.
        return now.deployment === null && trained && (run?.state !== 'done' || run.verdict !== null);
      },
      PATIENCE,
    );
  }

  private get packages(): PackageStore {
    return new PackageStore(new FilesystemStore(pathToFileURL(`${join(this.stack().home, 'artifacts')}/`)));
  }

  private get events(): EventProducer {
    const { kafka, logger } = this.stack();
    this.producer ??= new EventProducer({ kafka, source: 'test', logger });
    return this.producer;
  }

  /** A package like no other, in the store and nowhere else. */
  async package(model: string): Promise<{ digest: string; artifact_uri: string }> {
    const odds = ++this.made / 1000;
    const { digest } = await this.packages.write(samplePackage({ model, odds: [odds, -odds] }));
    return { digest, artifact_uri: this.packages.uri(digest) };
  }

  /** A version that is not live. */
  async version(model: string, verdict: Verdict = 'pass'): Promise<string> {
    const made = await this.package(model);
    const training = trained(made.digest, { ...made, model, backend: 'ml-xgboost' });
    await this.events.publish('model.evaluated', evaluated(training, verdict));
    return until(
      `a version of ${made.digest}`,
      async () => {
        const all = await this.client().get(z.array(VersionSummary), `/v1/models/${model}/versions`);
        return all.find(({ digest }) => digest === made.digest)?.version;
      },
      PATIENCE,
    );
  }

  /** Asks for a deployment; it may come to a canary first. */
  async deploy(model: string, version: string): Promise<void> {
    await this.client(model).command('deploy', { version, reason: 'to see what is advised' });
  }

  /** A version that is live, another being the one to go back to. */
  async live(model: string): Promise<string> {
    const version = await this.version(model);
    await this.deploy(model, version);
    await until(`${version} to be live`, async () => (await this.status(model)).live?.version === version, PATIENCE);
    await this.settled(model);
    return version;
  }

  async define(model: string, changes: Parameters<typeof definitionOf>[1] = {}): Promise<void> {
    await this.post('/v1/definitions', { text: definitionOf(model, changes), reason: 'to see what is advised' });
  }

  /** Has every instance serve what this registry knows nothing of, as one with another database would while this one is away. */
  async otherHistory(model: string): Promise<string> {
    // As if those before had been found long ago: many at once are another registry's work.
    await this.stack().query("update registry.reconciliations set found_at = found_at - interval '1 hour'");
    const { generation } = await this.status(model);
    const now = new Date().toISOString();
    const version = `v7.${++this.made}.0`;
    await this.stack().halt('registry');
    await this.events.publish('model.promoted', {
      model,
      generation: generation + 10,
      deployment_id: randomUUID(),
      cause: 'promote',
      live: { version, ...(await this.package(model)) },
      ...{ staged: null, canary: null, shadow: null, warm: [] },
      ...{ reason: 'by another registry', actor: 'nobody', issued_at: now, deadline_at: now },
    });
    await until(
      `both to answer with ${version}`,
      async () => {
        const ask = (serving: string) => decide(serving, { model, task_id: this.unique('task'), site: { da: 44 } });
        const answers = await Promise.all(this.stack().serving.map(ask));
        return answers.every(({ body }) => body.model_version === version);
      },
      PATIENCE,
    );
    await this.stack().resume('registry');
    return until(
      'it to be found',
      async () => {
        const found = await this.client().get(z.array(Reconciliation), `/v1/models/${model}/reconciliations`);
        return found.find(({ decision }) => decision === null)?.reconciliation_id;
      },
      PATIENCE,
    );
  }

  async newest<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
    const [first] = await this.client().get(z.array(schema), path);
    return first as z.infer<S>;
  }

  async close(): Promise<void> {
    await this.producer?.disconnect();
    this.outside.stop();
  }
}
