import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DataSource } from 'typeorm';
import { KAFKA } from '#backbone/keys';
import { ratchet } from '#contracts/command-line';
import type { DesiredState } from '#contracts/events/deployment';
import type { Manifest } from '#contracts/model-package';
import type { VersionRef } from '#contracts/primitives';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import type { Decision } from '#domain/deployment/effects';
import { hasRoomAbove, type Observation } from '#domain/deployment/observation';
import type { Kafka } from '#kafka/client/connection';
import { readToEnd } from '#kafka/consume/read-to-end';
import { EventProducer } from '#kafka/produce/producer';
import { endOffsets } from '#kafka/topics/end-offsets';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { DeploymentDecisions } from '../deployments/decisions.service.js';
import { GenerationWatch } from '../deployments/generation-watch.js';
import { Presence } from '../deployments/presence.js';
import { LOGGER } from '../keys.js';
import { ModelStore, type TakenModel } from '../storage/model-store.js';
import { type ModelStanding, ReconciliationStore } from '../storage/reconciliation-store.js';
import { VersionStore } from '../storage/version-store.js';
import { PackageFindings } from './package-findings.js';

const EVERY_MS = 60_000;
/** Between two looks at whether something unknown came by. */
const LOOK_MS = 1_000;
/** Between two looks at how long the topics are. */
const MEASURE_MS = 5_000;
/** Between two looks at whether the database went back to an earlier state, as a promoted replica may have. */
const STANDING_MS = 3_000;
/** An instance that can load a version has loaded it by then. */
const LOADED_BY_MS = 20_000;
/** After Kafka was away, its topics and the heartbeats have to be there again. */
const STEADY_MS = 3_000;

/**
 * Compares the two stores of what should be live, Kafka and Postgres, and mends what differs: at the start, every minute,
 * when the topics were made anew, when a generation comes by that this registry did not give out, and when the database went back
 * while it ran.
 */
@Injectable()
export class Reconciler {
  /** Something may differ. */
  private due = true;
  private comparedAt = 0;
  /** A generation came by that is higher than all before. */
  private heard = false;
  /** Of models that nobody defined here: the generation found, and when. */
  private readonly strangers = new Map<string, { generation: number; foundAt: number }>();
  private lookAgainAt = Number.POSITIVE_INFINITY;
  /** Messages that ever were in the topics, as they said last. */
  private length = 0n;
  private measuredAt = 0;
  /** The generation of every model, as the database said last. */
  private stood = new Map<string, number>();
  private stoodAt = 0;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(GenerationWatch) private readonly generations: GenerationWatch,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(ReconciliationStore) private readonly reconciliations: ReconciliationStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(PackageFindings) private readonly packages: PackageFindings,
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    loops.add(
      new Loop({ name: 'reconciliation', everyMs: LOOK_MS, step: () => this.look(), logger, abandonable: true }),
    );
    generations.onHigher(() => {
      this.heard = true;
    });
  }

  private async look(): Promise<void> {
    if (this.presence.steadyForMs() < STEADY_MS) return;
    if (await this.topicsAreShorter()) this.due = true;
    if (this.heard || Date.now() - this.stoodAt >= STANDING_MS) {
      if (await this.isBehind()) this.due = true;
    }
    if (!this.due && Date.now() - this.comparedAt < EVERY_MS && Date.now() < this.lookAgainAt) return;
    this.due = true;
    this.lookAgainAt = Number.POSITIVE_INFINITY;
    // Whatever comes by from here on may need another look.
    this.due = !(await this.compare());
    this.comparedAt = Date.now();
  }

  /** Topics that were made anew, or a cluster that was. */
  private async topicsAreShorter(): Promise<boolean> {
    if (Date.now() - this.measuredAt < MEASURE_MS) return false;
    const ends = await endOffsets(this.kafka, DESIRED_STATE_TOPICS);
    this.measuredAt = Date.now();
    const length = ends.reduce((sum, { high }) => sum + high, 0n);
    const shorter = length < this.length;
    this.length = length;
    return shorter;
  }

  /** The database went back, or knows less than came by; this registry's own generations come by as well. */
  private async isBehind(): Promise<boolean> {
    const { heard } = this;
    this.heard = false;
    try {
      const standing = await this.reconciliations.standing(this.dataSource.manager);
      const stands = new Map(standing.map(({ model, generation }) => [model, generation]));
      const wentBack = [...this.stood].some(([model, generation]) => (stands.get(model) ?? 0) < generation);
      this.stood = stands;
      this.stoodAt = Date.now();
      return wentBack || (heard && this.isUnknown(stands));
    } catch (error) {
      // Without an answer it is still to be found out.
      this.heard ||= heard;
      throw error;
    }
  }

  private isUnknown(stands: ReadonlyMap<string, number>): boolean {
    return (
      [...stands].some(
        ([model, generation]) =>
          Math.max(this.generations.highest(model), this.presence.highestSeen(model)) > generation,
      ) || this.generations.models().some((model) => !stands.has(model) && !this.strangers.has(model))
    );
  }

  /** False when something was under way and has to be looked at again. */
  private async compare(): Promise<boolean> {
    // In this order: what is decided from here on cannot make the topics look too new, only this look too old.
    const standing = await this.reconciliations.standing(this.dataSource.manager);
    const events = await readToEnd(this.kafka, 'ratchet-registry-watch', DESIRED_STATE_TOPICS);
    const latest = new Map<string, DesiredState>();
    for (const { topic, value } of events) latest.set(`${topic} ${value.model}`, value);
    let settled = true;
    for (const one of standing) {
      const states = [...latest.values()].filter(({ model }) => model === one.model);
      if (one.onItsWay || !(await this.reconcile(one, states))) settled = false;
      else if (one.generation === 0 && states.length === 0) await this.announce(one.model);
    }
    const strangers = new Map<string, DesiredState>();
    for (const state of latest.values())
      if (
        standing.every(({ model }) => model !== state.model) &&
        state.generation >= (strangers.get(state.model)?.generation ?? 0)
      )
        strangers.set(state.model, state);
    for (const state of strangers.values()) await this.disown(state);
    return settled;
  }

  /**
   * A model that nobody defined here, and whose version no instance can load, would keep every instance from being ready. What an instance answers
   * with stays: it may be of a history that the database has lost.
   */
  private async disown({ model, generation, live }: DesiredState): Promise<void> {
    if (live === null || !hasRoomAbove(generation)) return;
    const answering = this.presence
      .served(model, (digest) => this.packages.uri(digest))
      .some((one) => one.live !== null);
    const known = this.strangers.get(model);
    if (known?.generation !== generation) {
      this.strangers.set(model, { generation, foundAt: Date.now() });
      this.lookAgainAt = Date.now() + LOADED_BY_MS;
      const sentence = `Generation ${generation} of ${model} was found with ${live.version} live, and nobody defined this model here: ${ratchet('models add FILE', null)}`;
      this.logger.error({ model, generation, answering }, sentence);
    } else if (!answering && Date.now() - known.foundAt >= LOADED_BY_MS)
      await this.publishNothing(
        'model.rolled-back',
        model,
        generation + 1,
        'nobody defined this model, and no instance can load its version',
      );
  }

  /**
   * That nothing was ever decided, as generation 0: an instance that finds empty topics cannot tell that from topics that were lost. Not where
   * instances know more.
   */
  private async announce(model: string): Promise<void> {
    if (this.presence.highestSeen(model) > 0) return;
    await this.publishNothing('model.staged', model, 0, 'nothing was ever decided');
  }

  private async publishNothing(
    topic: 'model.staged' | 'model.rolled-back',
    model: string,
    generation: number,
    reason: string,
  ): Promise<void> {
    const now = new Date().toISOString();
    await this.producer.publish(topic, {
      model,
      generation,
      deployment_id: randomUUID(),
      cause: topic === 'model.staged' ? 'stage' : 'abort',
      live: null,
      staged: null,
      canary: null,
      shadow: null,
      warm: [],
      reason,
      actor: 'registry',
      issued_at: now,
      deadline_at: now,
    });
  }

  /** False when something was decided meanwhile: then it has to be looked at again. */
  private async reconcile(standing: ModelStanding, states: readonly DesiredState[]): Promise<boolean> {
    const { model } = standing;
    const served = this.presence.served(model, (digest) => this.packages.uri(digest));
    const highest = Math.max(...states.map(({ generation }) => generation));
    const tops = states.filter(({ generation }) => generation === highest);
    const refs = [...states.flatMap(refsOf), ...served.flatMap(({ live }) => live ?? [])];
    const unknown = await this.unknown(model, refs);
    return this.decisions.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null || taken.state.generation !== standing.generation) return false;
      for (const { ref } of unknown) await this.versions.reserve(manager, model, ref);
      // Of two by one generation, the one that this registry did not give out: an instance may take either.
      const top = tops.find(({ live }) => live?.digest !== taken.state.live?.digest) ?? tops[0] ?? null;
      const observation: Observation = {
        topics: top && { generation: top.generation, epoch: top.epoch ?? null, live: top.live },
        served,
        whole: new Set(unknown.map(({ ref }) => ref.digest)),
        mendedOfLate: standing.mendedOfLate,
        lossIsTold: standing.lossIsTold,
      };
      const decision = await this.decisions.decide(
        manager,
        taken,
        { kind: 'reconcile', observation },
        new Date(),
        async (decision) => this.addAdopted(manager, taken, decision, unknown),
      );
      this.tell(decision);
      return true;
    });
  }

  /** The packages among these that the registry has no version for and that are whole. */
  private async unknown(
    model: string,
    refs: readonly VersionRef[],
  ): Promise<{ ref: VersionRef; manifest: Manifest }[]> {
    if (refs.length === 0) return [];
    const catalogue = await this.models.catalogue(this.dataSource.manager, model);
    const known = new Set([...catalogue.values()].map(({ ref }) => ref.digest));
    const others = new Map(refs.filter(({ digest }) => !known.has(digest)).map((ref) => [ref.digest, ref]));
    const found: { ref: VersionRef; manifest: Manifest }[] = [];
    for (const ref of others.values()) {
      const manifest = await this.packages.manifest(ref.digest);
      if (manifest !== null) found.push({ ref, manifest });
    }
    return found;
  }

  /** What is adopted becomes a version like any other, before it is written that it is live. */
  private async addAdopted(
    manager: EntityManager,
    { state: { model } }: TakenModel,
    decision: Decision,
    unknown: readonly { ref: VersionRef; manifest: Manifest }[],
  ): Promise<void> {
    const live = decision.kind === 'changed' ? decision.state.live : null;
    const found = unknown.find(({ ref }) => ref.digest === live?.digest && ref.version === live.version);
    if (found === undefined) return;
    const { ref, manifest } = found;
    await this.versions.add(manager, {
      model,
      version: ref.version,
      digest: ref.digest,
      artifactUri: ref.artifact_uri,
      definition: manifest.definition,
      backend: manifest.backend,
      snapshotHash: manifest.snapshot.hash,
      trainingStats: manifest.training_stats,
      datasetSize: manifest.snapshot.rows,
      autoDeploy: false,
      createdBy: 'reconciliation',
      actor: 'registry',
      runId: null,
      createdAt: new Date().toISOString(),
    });
  }

  private tell(decision: Decision): void {
    if (decision.kind !== 'changed') return;
    for (const effect of decision.effects)
      if (effect.kind === 'alert')
        this.logger.error({ alert: effect.alert, model: decision.state.model }, effect.detail);
  }
}

const refsOf = ({ live, staged, canary, shadow, warm }: DesiredState): VersionRef[] =>
  [live, staged, canary, shadow, ...warm].flatMap((ref) =>
    ref === null ? [] : { version: ref.version, digest: ref.digest, artifact_uri: ref.artifact_uri },
  );
