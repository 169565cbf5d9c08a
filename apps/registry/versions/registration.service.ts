import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ModelEvaluated } from '#contracts/events/evaluation';
import type { ModelTrained } from '#contracts/events/training';
import type { ModelDefinition } from '#contracts/model-definition';
import { recovers } from '#domain/evaluation/recent';
import { nextVersion, type VersionBasis } from '#domain/versioning/next-version';
import { highestVersion } from '#domain/versioning/semantic-version';
import type { Logger } from '#platform/logging';
import { DeploymentDecisions } from '../deployments/decisions.service.js';
import { LOGGER, MODEL_DEFINITIONS } from '../keys.js';
import { AlertStore } from '../storage/alert-store.js';
import { AuditStore } from '../storage/audit-store.js';
import { ModelStore } from '../storage/model-store.js';
import { VersionStore } from '../storage/version-store.js';
import { DefinitionSource } from './definition-source.js';

/** By then reconciliation has found the numbers that a history gave out which the database has lost. */
const COMPARED_BY_MS = 8_000;
const LOOK_MS = 200;

/** Turns trained packages into versions, and verdicts into deployments. */
@Injectable()
export class Registration {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(DefinitionSource) private readonly definitions: DefinitionSource,
    @Inject(MODEL_DEFINITIONS) private readonly deployed: ReadonlyMap<string, ModelDefinition>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Registers the package, unless it is a version already. */
  async trained(trained: ModelTrained): Promise<void> {
    const definition = await this.definitionOf(trained);
    await this.decisions.transaction(async (manager) => {
      await this.models.ensure(manager, trained.model);
      await this.models.lock(manager, trained.model);
      await this.register(manager, trained, definition);
      await this.alerts.resolve(manager, trained.model, 'retraining-failed');
      return;
    });
  }

  /** Attaches the verdict; a pass goes live by itself, unless the run asked otherwise. */
  async evaluated(evaluated: ModelEvaluated): Promise<void> {
    const definition = await this.definitionOf(evaluated.trained);
    await this.decisions.transaction(async (manager) => {
      const { model, trained, gate } = evaluated;
      await this.models.ensure(manager, model);
      const state = await this.models.lock(manager, model);
      // The verdict may overtake the news of the training: topics are not ordered among each other.
      const version = await this.register(manager, trained, definition);
      if (state === null || !(await this.versions.judge(manager, version, evaluated))) return;
      await this.audit.append(manager, [
        {
          at: new Date(),
          actor: 'gate',
          action: 'version.judged',
          model,
          reason: gate.summary,
          before: null,
          after: { version, verdict: gate.verdict, champion: evaluated.champion?.version ?? null },
        },
      ]);
      if (!trained.auto_deploy) return;
      const champion = evaluated.champion?.version ?? null;
      if (gate.verdict === 'inconclusive' && champion !== null)
        await this.tryLive(manager, evaluated, version, champion);
      if (gate.verdict !== 'pass') return;
      const catalogue = await this.models.catalogue(manager, model);
      await this.decisions.decide(
        manager,
        { state, catalogue },
        {
          kind: 'gate-pass',
          version,
          champion,
          reason: gate.summary,
          recovers: recovers(evaluated.gate),
        },
      );
    });
  }

  /** An inconclusive challenger that is not worse gets a share of the tasks, where the definition says so. */
  private async tryLive(manager: EntityManager, evaluated: ModelEvaluated, version: string, champion: string) {
    const { model, gate } = evaluated;
    const { suited, reason, measure, wanted } = gate.trial ?? { suited: false, reason: '' };
    if (this.deployed.get(model)?.canary.on_inconclusive !== 'trial') return;
    if (!suited || measure === undefined || wanted === undefined) {
      this.logger.info({ model, version, reason }, 'not tried: a trial would not tell');
      return;
    }
    const state = await this.models.lock(manager, model);
    if (state === null) return;
    const taken = { state, catalogue: await this.models.catalogue(manager, model) };
    await this.decisions.decide(manager, taken, {
      kind: 'gate-trial',
      version,
      champion,
      reason: `The holdout could not tell it from ${champion}; ${reason}.`,
      trial: { measure, wanted, urgent: recovers(gate) },
      recovers: recovers(gate),
    });
  }

  /**
   * The definition of a package that is no version yet; null for one that is. The artifact store is asked before the model
   * is locked: a slow store must hold up neither a rollback nor an acknowledgement.
   */
  private async definitionOf({ model, digest }: ModelTrained): Promise<ModelDefinition | null> {
    const existing = await this.versions.byDigest(this.dataSource.manager, model, digest);
    if (existing !== null) return null;
    await this.compared(model);
    return this.definitions.of(model, digest);
  }

  /** A registry whose database went back compares before it gives numbers out: some may be taken. It does not wait for ever. */
  private async compared(model: string): Promise<void> {
    const { manager } = this.dataSource;
    const until = Date.now() + COMPARED_BY_MS;
    while (Date.now() < until) {
      const known = (await this.models.names(manager)).includes(model);
      if (!known || !(await this.decisions.isBehind(model, (await this.models.read(manager, model)).generation)))
        return;
      await sleep(LOOK_MS);
    }
    this.logger.warn(
      { model },
      'a version gets its number although generations came by that this registry did not give out',
    );
  }

  /** The version of the package's digest, a new one if there is none. The model is locked. */
  private async register(
    manager: EntityManager,
    trained: ModelTrained,
    definition: ModelDefinition | null,
  ): Promise<string> {
    const { model, digest, backend, snapshot } = trained;
    const existing = await this.versions.byDigest(manager, model, digest);
    if (existing !== null) {
      if (existing.state === 'removed') await this.restore(manager, trained, existing.version);
      return existing.version;
    }
    if (definition === null) throw new Error(`${digest} of ${model} was a version a moment ago and is none now`);
    const bases = await this.versions.bases(manager, model);
    const basis = { definition, backend, snapshotHash: snapshot.hash };
    const version = numberOf(trained, basis, bases, await this.versions.reserved(manager, model));
    await this.versions.add(manager, {
      ...basis,
      model,
      version,
      digest,
      artifactUri: trained.artifact_uri,
      trainingStats: trained.training_stats,
      datasetSize: trained.dataset_size,
      autoDeploy: trained.auto_deploy,
      createdBy: trained.created_by,
      actor: trained.actor,
      runId: trained.run_id,
      createdAt: trained.trained_at,
    });
    await this.record(manager, trained, 'version.registered', { version, digest, snapshot: snapshot.hash });
    this.logger.info({ model, version, digest }, 'version registered');
    return version;
  }

  private async restore(manager: EntityManager, trained: ModelTrained, version: string): Promise<void> {
    await this.versions.restore(manager, trained.model, version, trained.artifact_uri);
    await this.record(manager, trained, 'version.restored', { version, digest: trained.digest });
  }

  private async record(manager: EntityManager, trained: ModelTrained, action: string, after: unknown): Promise<void> {
    const { model, actor, run_id, backend, dataset_size } = trained;
    const reason = `run ${run_id}: ${backend} on ${dataset_size} rows`;
    await this.audit.append(manager, [{ at: new Date(), actor, action, model, reason, before: null, after }]);
  }
}

/** The number of a package: the one it had in a history that was lost, else the next after all that were ever given. */
function numberOf(
  { digest }: ModelTrained,
  basis: VersionBasis,
  bases: readonly (VersionBasis & { version: string })[],
  reserved: readonly { version: string; digest: string }[],
): string {
  const given = new Set(bases.map(({ version }) => version));
  const former = reserved.find((one) => one.digest === digest && !given.has(one.version));
  if (former !== undefined) return former.version;
  const last = highestVersion(bases.map(({ version }) => version));
  const highest = highestVersion([...given, ...reserved.map(({ version }) => version)]);
  if (highest === null) return nextVersion(null, basis);
  const previous = bases.find(({ version }) => version === last) ?? basis;
  return nextVersion({ ...previous, version: highest }, basis);
}
