import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { DesiredState, Heartbeat } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { Logger } from '#platform/logging';
import { LOGGER } from '../keys.js';
import { LoadFailure } from '../loading/load-package.js';
import { ModelLoader } from '../loading/model-loader.js';
import { ServedVersion } from '../models/served-version.js';
import { Acknowledger } from './acknowledger.js';
import type { Acting } from './acting.js';
import { acknowledgedVersion, unreadiness, vitalVersions, wantedVersions } from './follow.js';
import { FollowedModel } from './followed-model.js';
import { SavedStates } from './saved-states.js';

const swaps = new Counter({
  name: 'ratchet_serving_swaps_total',
  help: 'Times another desired state took effect, by its cause.',
  labelNames: ['model', 'cause'],
});
const outdated = new Counter({
  name: 'ratchet_serving_outdated_states_total',
  help: 'Desired states that were ignored because a higher generation had been seen.',
  labelNames: ['model'],
});
const loadFailures = new Counter({
  name: 'ratchet_serving_load_failures_total',
  help: 'Packages that could not be loaded.',
  labelNames: ['model', 'reason'],
});
const generation = new Gauge({
  name: 'ratchet_serving_generation',
  help: 'Generation this instance acts by, and the highest it has seen.',
  aggregator: 'min',
  labelNames: ['model', 'which'],
});
const inMemory = new Gauge({
  name: 'ratchet_serving_versions_in_memory',
  help: 'Versions that can answer without touching a disk.',
  aggregator: 'min',
  labelNames: ['model'],
});

const KNOWS_NOTHING =
  'Kafka says of no model what should be live, not even that nothing is; the registry publishes it within a minute';
/** What a swap leaves to be tidied waits this long: the acknowledgements and the requests of the moment go first. */
const TIDY_AFTER_MS = 30;

/**
 * Follows the desired state of every model. `receive` and the end of a load both end in `advance`, which does what can
 * be done at once: a swap to a version in memory is one assignment, made between two requests.
 */
@Injectable()
export class Follower {
  private readonly models = new Map<string, FollowedModel>();
  private following = false;
  private loading: string | null = null;
  private retry: NodeJS.Timeout | null = null;
  private tidying: NodeJS.Timeout | null = null;
  /** Act by a state that is not on this disk yet. */
  private readonly unsaved = new Set<FollowedModel>();
  private closed = false;

  constructor(
    @Inject(ModelLoader) private readonly loader: ModelLoader,
    @Inject(Acknowledger) private readonly acknowledger: Acknowledger,
    @Inject(SavedStates) private readonly saved: SavedStates,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What requests for a model go by; undefined while it has none. */
  acting(model: string): Acting | null {
    return this.models.get(model)?.acting ?? null;
  }

  followed(model: string): FollowedModel | null {
    return this.models.get(model) ?? null;
  }

  all(): FollowedModel[] {
    return [...this.models.values()];
  }

  /** Acts by what was last acted by, until the topics have been read: they may be out of reach. */
  async resume(): Promise<void> {
    for (const desired of await this.saved.read()) {
      if (this.models.has(desired.model)) continue;
      const followed = new FollowedModel(desired, performance.now(), true);
      this.models.set(desired.model, followed);
      this.advance(followed);
    }
  }

  /** Everything that was in the topics at start has been received. */
  caughtUp(): void {
    this.following = true;
    if (this.knowsNothing()) this.logger.warn(`not ready: ${KNOWS_NOTHING}`);
    for (const followed of this.models.values()) this.advance(followed);
  }

  /** It was told of no model at all, though the topics have been read: waiting brings nothing. */
  knowsNothing(): boolean {
    return this.following && this.models.size === 0;
  }

  isFollowing(): boolean {
    return this.following;
  }

  /** Whether every model that the disk told of can be answered by it, while the topics have not been read. */
  answersFromDisk(): boolean {
    return this.models.size > 0 && this.all().every(({ acting }) => acting !== null);
  }

  receive(desired: DesiredState): void {
    const receivedAt = performance.now();
    let followed = this.models.get(desired.model);
    // That nothing was ever decided says nothing about what this disk knows: then it is the registry that has lost it.
    if (followed !== undefined && desired.generation === 0) return;
    if (followed === undefined) {
      followed = new FollowedModel(desired, receivedAt, false);
      this.models.set(desired.model, followed);
    } else if (!followed.accept(desired, receivedAt)) {
      outdated.inc({ model: desired.model });
      return;
    }
    generation.set({ model: desired.model, which: 'seen' }, desired.generation);
    if (this.following) this.advance(followed);
  }

  /** Why the instance should not be sent requests; null if it should. */
  unreadiness(now: number): string | null {
    if (!this.following) return 'reading the desired state from Kafka';
    if (this.models.size === 0) return KNOWS_NOTHING;
    const reasons = this.all().map((followed) =>
      unreadiness({
        desired: followed.desired,
        acting: followed.acting?.generation ?? null,
        failure: followed.failure()?.detail ?? null,
        now,
      }),
    );
    return reasons.find((reason) => reason !== null) ?? null;
  }

  /** What it serves of each model, for heartbeats. */
  standing(): Heartbeat['models'] {
    return this.all().map(({ desired, acting, shelf }) => {
      const live = acting?.live ?? null;
      const canary = acting?.canary ?? null;
      return {
        model: desired.model,
        seen_generation: desired.generation,
        generation: acting?.generation ?? 0,
        epoch: acting?.desired.epoch ?? null,
        version: live?.ref.version ?? null,
        digest: live?.ref.digest ?? null,
        canary: canary === null ? null : { version: canary.version.ref.version, percent: canary.percent },
        warm: shelf
          .all()
          .filter((served) => served !== live)
          .map((served) => served.ref.version),
      };
    });
  }

  close(): void {
    this.closed = true;
    if (this.retry !== null) clearTimeout(this.retry);
    if (this.tidying !== null) clearTimeout(this.tidying);
    this.save();
  }

  private advance(followed: FollowedModel): void {
    if (this.closed || !(this.following || followed.fromDisk)) return;
    if (followed.canAct() && this.differs(followed)) this.act(followed);
    this.acknowledge(followed);
    this.loadNext();
  }

  private differs({ acting, desired, shelf }: FollowedModel): boolean {
    if (acting === null || acting.desired !== desired) return true;
    // The shadow may have come later than the state that asked for it.
    return desired.shadow !== null && acting.shadow === null && shelf.has(desired.shadow);
  }

  private act(followed: FollowedModel): void {
    const { desired, shelf, acting: before } = followed;
    const served = (ref: VersionRef | null): ServedVersion | null => (ref === null ? null : shelf.get(ref));
    const canary = served(desired.canary);
    const acting: Acting = {
      desired,
      generation: desired.generation,
      live: served(desired.live),
      canary: canary === null || desired.canary === null ? null : { version: canary, percent: desired.canary.percent },
      shadow: served(desired.shadow),
    };
    // The swap: requests read this reference once each.
    followed.acting = acting;
    if (before?.desired === desired) return;
    const { model, cause } = desired;
    swaps.inc({ model, cause });
    generation.set({ model, which: 'acting' }, desired.generation);
    shelf.keepOnly(wantedVersions(desired));
    inMemory.set({ model }, shelf.all().length);
    const version = acting.live?.ref.version ?? null;
    // A line may take half a millisecond, which the acknowledgement would wait.
    setImmediate(() =>
      this.logger.info({ model, generation: desired.generation, cause, version }, 'acts by a new generation'),
    );
    if (followed.fromDisk) return;
    this.unsaved.add(followed);
    this.tidying ??= setTimeout(() => this.tidy(), TIDY_AFTER_MS);
  }

  private tidy(): void {
    this.tidying = null;
    this.save();
    this.loader.keepOnly(this.all().flatMap((followed) => wantedVersions(followed.desired).map((ref) => ref.digest)));
  }

  private save(): void {
    for (const { acting } of this.unsaved) if (acting !== null) this.saved.write(acting.desired);
    this.unsaved.clear();
  }

  private acknowledge(followed: FollowedModel): void {
    const { desired, acting, shelf, receivedAt } = followed;
    if (followed.fromDisk) return;
    const current = (): boolean => !this.closed && followed.desired.generation === desired.generation;
    if (desired.cause !== 'stage' && acting?.generation === desired.generation && followed.firstTime('activated')) {
      const ref = acknowledgedVersion(desired);
      if (ref !== null) this.acknowledger.activated(desired, ref, performance.now() - receivedAt, current);
    }
    if (desired.staged !== null && shelf.has(desired.staged) && followed.firstTime('loaded')) {
      const staged = shelf.get(desired.staged);
      if (staged !== null) this.acknowledger.loaded(desired, staged, current);
    }
  }

  private loadNext(): void {
    if (this.closed || this.loading !== null) return;
    const now = performance.now();
    for (const followed of this.models.values()) {
      const ref = this.following || followed.fromDisk ? followed.nextToLoad(now) : null;
      if (ref === null) continue;
      this.loading = ref.digest;
      void this.load(followed, ref).finally(() => {
        this.loading = null;
        this.advance(followed);
      });
      return;
    }
    this.scheduleRetry(now);
  }

  private async load(followed: FollowedModel, ref: VersionRef): Promise<void> {
    const { model } = followed.desired;
    try {
      const { loaded, milliseconds } = await this.loader.load(ref.digest);
      const served = new ServedVersion(model, ref, loaded, milliseconds);
      followed.loaded(ref);
      // A newer state may have come meanwhile.
      if (wantedVersions(followed.desired).some((wanted) => wanted.digest === ref.digest)) followed.shelf.put(served);
      inMemory.set({ model }, followed.shelf.all().length);
      this.logger.info({ model, version: ref.version, milliseconds: Math.round(milliseconds) }, 'loaded and verified');
    } catch (error) {
      const reason = error instanceof LoadFailure ? error.reason : 'unreadable-package';
      const detail = error instanceof Error ? error.message : String(error);
      loadFailures.inc({ model, reason });
      this.logger.error({ model, version: ref.version, reason, detail }, 'a version could not be loaded');
      followed.failed(ref, reason, detail, performance.now());
      this.report(followed, ref, reason, detail);
    }
  }

  private report(followed: FollowedModel, ref: VersionRef, reason: LoadFailure['reason'], detail: string): void {
    const { desired } = followed;
    if (followed.fromDisk || !vitalVersions(desired).some((vital) => vital.digest === ref.digest)) return;
    if (!followed.firstTime(`failed ${ref.digest}`)) return;
    this.acknowledger.failed(desired, ref, reason, detail, () => followed.desired.generation === desired.generation);
  }

  private scheduleRetry(now: number): void {
    if (this.retry !== null) clearTimeout(this.retry);
    const at = Math.min(...this.all().map((followed) => followed.nextRetryAt()), Number.POSITIVE_INFINITY);
    if (!Number.isFinite(at)) return;
    this.retry = setTimeout(() => this.loadNext(), Math.max(0, at - now)).unref();
  }
}
