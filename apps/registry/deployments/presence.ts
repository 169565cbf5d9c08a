import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Heartbeat, ModelActivated } from '#contracts/events/deployment';
import type { PresentInstance } from '#domain/deployment/inputs';
import type { Served } from '#domain/deployment/observation';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { BROADCAST } from '../keys.js';

const present = new Gauge({ name: 'ratchet_instances', help: 'Serving instances whose heartbeat is fresh.' });
const deaf = new Gauge({
  name: 'ratchet_instances_deaf',
  help: 'Serving instances that send heartbeats and hear nothing from Kafka: they cannot follow what is decided.',
});

/** It sends and does not hear: whatever it serves, it will not follow. */
export const isDeaf = ({ deaf_since }: Heartbeat): boolean => (deaf_since ?? null) !== null;

/** The part of the broadcast transport that presence needs. */
export interface Broadcast {
  caughtUp(): Promise<void>;
  /** Null while messages flow. */
  health(): string | null;
}

/** A heartbeat comes at most so much later than an activation that was sent after it. */
const LATE_MS = 10_000;

/** An instance that has been silent for longer is gone for good, like a pod that was replaced by another. */
const MISSED_MS = 3_600_000;

interface Seen {
  heartbeat: Heartbeat;
  at: number;
}

/**
 * Who is there: the instances whose last heartbeat is younger than PRESENCE_SECONDS. While Kafka does not answer this
 * registry, silence says nothing about anybody, and who was there last stays there.
 */
@Injectable()
export class Presence {
  private readonly seen = new Map<string, Seen>();
  private caughtUp = false;
  private readonly known: Promise<void>;
  private cutOffAt: number | null = null;
  private steadyFrom = Date.now();

  constructor(
    @Inject(BROADCAST) private readonly broadcast: Broadcast,
    @Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig,
  ) {
    this.known = broadcast.caughtUp().then(() => {
      this.caughtUp = true;
      this.steadyFrom = Date.now();
    });
  }

  /** Resolves when the heartbeats of before this start have been read. */
  ready(): Promise<void> {
    return this.known;
  }

  /** @param sentAt when the instance sent it; counts while catching up, when arrival says nothing */
  heard(heartbeat: Heartbeat, sentAt: Date): void {
    const known = this.seen.get(heartbeat.instance);
    const at = this.caughtUp ? Date.now() : Math.min(sentAt.getTime(), Date.now());
    // An activation that was told of meanwhile is newer than what this one says.
    const ahead = known === undefined ? 0 : Date.parse(known.heartbeat.at) - Date.parse(heartbeat.at);
    // By more than a beat can be late, it is its clock that was set back.
    const overtaken = known !== undefined && ahead > 0 && ahead < LATE_MS;
    this.seen.set(heartbeat.instance, { heartbeat: overtaken ? known.heartbeat : heartbeat, at });
  }

  /** An instance answers by another generation; its next heartbeat, seconds later, will say the same. */
  activated({ instance, model, generation, epoch, version, digest, at }: ModelActivated): void {
    const seen = this.seen.get(instance);
    if (seen === undefined || Date.parse(seen.heartbeat.at) > Date.parse(at)) return;
    const known = seen.heartbeat.models.find((entry) => entry.model === model);
    if (known !== undefined && known.generation >= generation) return;
    const entry = {
      ...{ model, canary: known?.canary ?? null, warm: (known?.warm ?? []).filter((each) => each !== version) },
      version,
      digest,
      generation,
      epoch,
      seen_generation: Math.max(generation, known?.seen_generation ?? 0),
    };
    const others = seen.heartbeat.models.filter((other) => other.model !== model);
    this.seen.set(instance, { ...seen, heartbeat: { ...seen.heartbeat, models: [...others, entry], at } });
  }

  gone(instance: string): void {
    this.seen.delete(instance);
  }

  /** For how long silence has been meaningful: Kafka answering without a break since the start or the last outage. */
  steadyForMs(): number {
    const now = Date.now();
    if (!this.caughtUp || this.broadcast.health() !== null) {
      this.cutOffAt ??= now;
      this.steadyFrom = now;
      return 0;
    }
    if (this.cutOffAt !== null) {
      // Everybody gets the time of the outage on top.
      const outage = now - this.cutOffAt;
      for (const seen of this.seen.values()) seen.at += outage;
      this.cutOffAt = null;
    }
    return now - this.steadyFrom;
  }

  /** Since when this registry hears nothing from Kafka; null while it hears. */
  deafSince(): Date | null {
    this.steadyForMs();
    return this.cutOffAt === null || this.broadcast.health() === null ? null : new Date(this.cutOffAt);
  }

  list(): { heartbeat: Heartbeat; lastSeen: Date }[] {
    this.steadyForMs();
    const oldest = (this.cutOffAt ?? Date.now()) - this.config.PRESENCE_SECONDS * 1000;
    const fresh = [...this.seen.values()].filter(({ at }) => at > oldest);
    present.set(fresh.length);
    deaf.set(fresh.filter(({ heartbeat }) => isDeaf(heartbeat)).length);
    return fresh
      .map(({ heartbeat, at }) => ({ heartbeat, lastSeen: new Date(at) }))
      .sort((a, b) => (a.heartbeat.instance < b.heartbeat.instance ? -1 : 1));
  }

  /** Who fell silent within the last hour without taking leave; nobody while Kafka, which would tell, does not answer. */
  missing(): { instance: string; lastSeen: Date }[] {
    if (this.steadyForMs() === 0 && this.cutOffAt !== null) return [];
    const there = new Set(this.list().map(({ heartbeat }) => heartbeat.instance));
    const since = Date.now() - MISSED_MS;
    return [...this.seen]
      .filter(([instance, { at }]) => !there.has(instance) && at > since)
      .map(([instance, { at }]) => ({ instance, lastSeen: new Date(at) }));
  }

  /** What everybody who is there says of a model. */
  served(model: string, uriOf: (digest: string) => string): Served[] {
    return this.list().map(({ heartbeat: { instance, models } }) => {
      const serves = models.find((entry) => entry.model === model);
      const { generation = 0, seen_generation = 0, epoch = null, version = null, digest = null } = serves ?? {};
      const live = version === null || digest === null ? null : { version, digest, artifact_uri: uriOf(digest) };
      return { instance, generation, seenGeneration: seen_generation, epoch, live };
    });
  }

  /** The highest generation that an instance has spoken of, gone ones too. */
  highestSeen(model: string): number {
    let highest = 0;
    for (const { heartbeat } of this.seen.values())
      for (const entry of heartbeat.models)
        if (entry.model === model) highest = Math.max(highest, entry.generation, entry.seen_generation);
    return highest;
  }

  forModel(model: string): PresentInstance[] {
    return this.list().map(({ heartbeat }) => {
      const serves = heartbeat.models.find((entry) => entry.model === model);
      return {
        instance: heartbeat.instance,
        generation: serves?.generation ?? null,
        epoch: serves?.epoch,
        version: serves?.version ?? null,
        deafSince: heartbeat.deaf_since ?? null,
      };
    });
  }
}
