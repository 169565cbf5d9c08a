import { z } from 'zod';
import { type RegisterBody, Uploaded } from '#contracts/http/packages';
import {
  AuditRecord,
  AuditVerification,
  Backup,
  CommandAccepted,
  type DeployBody,
  Deployment,
  DrillAccepted,
  type DrillBody,
  ModelStatus,
  RestoreAccepted,
  type RestoreBody,
  RetrainAccepted,
  type RetrainBody,
  type RollbackBody,
  Run,
  RunLogLine,
  type TokenBody,
  TokenCreated,
  VersionComparison,
  VersionDetail,
  VersionSummary,
} from '#contracts/http/registry';
import { CanaryAccepted, type CanaryBody, CanaryStatus, type ShadowBody, ShadowStatus } from '#contracts/http/rollout';
import { TokenRecord } from '#contracts/http/tokens';
import type { Api, Call } from './api.js';

const ofModel = (model: string): string => `/v1/models/${encodeURIComponent(model)}`;

/** What the registry gives of the audit log at once. */
const AUDIT_PAGE = 1000;

/** The registry's operations, as libs/contracts/http/routes.ts lists them. */
export class RegistryClient {
  constructor(readonly api: Api) {}

  status(model: string): Promise<ModelStatus> {
    return this.api.json({ method: 'GET', path: ofModel(model) }, ModelStatus);
  }

  versions(model: string): Promise<VersionSummary[]> {
    return this.api.json({ method: 'GET', path: `${ofModel(model)}/versions` }, z.array(VersionSummary));
  }

  version(model: string, version: string): Promise<VersionDetail> {
    return this.api.json(
      { method: 'GET', path: `${ofModel(model)}/versions/${encodeURIComponent(version)}` },
      VersionDetail,
    );
  }

  compare(model: string, from: string, to: string): Promise<VersionComparison> {
    return this.api.json({ method: 'GET', path: `${ofModel(model)}/compare`, query: { from, to } }, VersionComparison);
  }

  deploy(model: string, body: z.input<typeof DeployBody>): Promise<CommandAccepted> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/deploy`, body }, CommandAccepted);
  }

  rollback(model: string, body: z.input<typeof RollbackBody>): Promise<CommandAccepted> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/rollback`, body }, CommandAccepted);
  }

  /** Rehearses a rollback without changing what is served. */
  drill(model: string, body: z.input<typeof DrillBody>): Promise<DrillAccepted> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/drill`, body }, DrillAccepted);
  }

  backups(model: string, limit: number): Promise<Backup[]> {
    return this.api.json({ method: 'GET', path: `${ofModel(model)}/backups`, query: { limit } }, z.array(Backup));
  }

  verifyBackup(model: string, id: string): Promise<Backup> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/backups/${id}/verify`, slow: true }, Backup);
  }

  restoreBackup(model: string, id: string, body: z.input<typeof RestoreBody>): Promise<RestoreAccepted> {
    return this.api.json(
      { method: 'POST', path: `${ofModel(model)}/backups/${id}/restore`, body, slow: true },
      RestoreAccepted,
    );
  }

  canary(model: string): Promise<CanaryStatus> {
    return this.api.json({ method: 'GET', path: `${ofModel(model)}/canary` }, CanaryStatus);
  }

  advanceCanary(model: string, body: CanaryBody): Promise<CanaryAccepted> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/canary/advance`, body }, CanaryAccepted);
  }

  abortCanary(model: string, body: CanaryBody): Promise<CanaryAccepted> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/canary/abort`, body }, CanaryAccepted);
  }

  shadow(model: string): Promise<ShadowStatus> {
    return this.api.json({ method: 'GET', path: `${ofModel(model)}/shadow` }, ShadowStatus);
  }

  setShadow(model: string, body: ShadowBody): Promise<ShadowStatus> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/shadow`, body }, ShadowStatus);
  }

  retrain(model: string, body: z.input<typeof RetrainBody>): Promise<z.infer<typeof RetrainAccepted>> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/retrain`, body }, RetrainAccepted);
  }

  /** Stores the file of a model trained elsewhere. */
  upload(model: string, upload: NonNullable<Call['upload']>): Promise<Uploaded> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/uploads`, upload }, Uploaded);
  }

  register(model: string, body: z.input<typeof RegisterBody>): Promise<z.infer<typeof RetrainAccepted>> {
    return this.api.json({ method: 'POST', path: `${ofModel(model)}/packages`, body }, RetrainAccepted);
  }

  deployments(model: string, limit: number): Promise<Deployment[]> {
    return this.api.json(
      { method: 'GET', path: `${ofModel(model)}/deployments`, query: { limit } },
      z.array(Deployment),
    );
  }

  deployment(model: string, id: string): Promise<Deployment> {
    return this.api.json(
      { method: 'GET', path: `${ofModel(model)}/deployments/${encodeURIComponent(id)}` },
      Deployment,
    );
  }

  runs(model: string, limit: number): Promise<Run[]> {
    return this.api.json({ method: 'GET', path: '/v1/runs', query: { model, limit } }, z.array(Run));
  }

  run(id: string): Promise<Run> {
    return this.api.json({ method: 'GET', path: `/v1/runs/${encodeURIComponent(id)}` }, Run);
  }

  runLog(id: string): Promise<RunLogLine[]> {
    return this.api.json({ method: 'GET', path: `/v1/runs/${encodeURIComponent(id)}/log` }, z.array(RunLogLine));
  }

  /** The newest records, or those before a number; asks page by page for more than the registry gives at once. */
  async audit(model: string | undefined, limit: number, before: number | undefined): Promise<AuditRecord[]> {
    const records: AuditRecord[] = [];
    for (;;) {
      const page = Math.min(AUDIT_PAGE, limit - records.length);
      const found = await this.api.json(
        { method: 'GET', path: '/v1/audit', query: { model, before: records.at(-1)?.sequence ?? before, limit: page } },
        z.array(AuditRecord),
      );
      records.push(...found);
      if (found.length < page || records.length >= limit) return records;
    }
  }

  verifyAudit(): Promise<AuditVerification> {
    return this.api.json({ method: 'GET', path: '/v1/audit/verify' }, AuditVerification);
  }

  createToken(body: z.input<typeof TokenBody>): Promise<z.infer<typeof TokenCreated>> {
    return this.api.json({ method: 'POST', path: '/v1/tokens', body }, TokenCreated);
  }

  tokens(): Promise<TokenRecord[]> {
    return this.api.json({ method: 'GET', path: '/v1/tokens' }, z.array(TokenRecord));
  }

  revokeToken(name: string): Promise<TokenRecord> {
    return this.api.json({ method: 'DELETE', path: `/v1/tokens/${encodeURIComponent(name)}` }, TokenRecord);
  }
}
