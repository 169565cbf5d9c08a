import type { DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { LoadFailureReason } from '../loading/load-package.js';
import { Shelf } from '../models/shelf.js';
import type { Acting } from './acting.js';
import { isWorthRetrying, neededVersions, retryPauseMs, wantedVersions } from './follow.js';

export interface Failure {
  readonly ref: VersionRef;
  readonly reason: LoadFailureReason;
  readonly detail: string;
  readonly attempts: number;
  /** On the clock of `now`; infinite where another try would end the same. */
  readonly retryAt: number;
}

/** What one instance knows and does about one model. Only Follower changes it. */
export class FollowedModel {
  /** The state with the highest generation seen. */
  desired: DesiredState;
  /** When its message was read, on performance.now()'s clock. */
  receivedAt: number;
  /** It comes from this instance's disk and holds only until the topics were read. */
  fromDisk: boolean;
  acting: Acting | null = null;
  readonly shelf = new Shelf();
  private readonly failures = new Map<string, Failure>();
  private acknowledged = new Set<string>();

  constructor(desired: DesiredState, receivedAt: number, fromDisk: boolean) {
    this.desired = desired;
    this.receivedAt = receivedAt;
    this.fromDisk = fromDisk;
  }

  /** Takes a newer state; false for one that is not newer. The topics overrule whatever the disk said. */
  accept(desired: DesiredState, receivedAt: number): boolean {
    if (!this.fromDisk && desired.generation <= this.desired.generation) return false;
    this.desired = desired;
    this.receivedAt = receivedAt;
    this.fromDisk = false;
    this.failures.clear();
    this.acknowledged.clear();
    return true;
  }

  /** True once per acknowledgement of the desired generation. */
  firstTime(acknowledgement: string): boolean {
    if (this.acknowledged.has(acknowledgement)) return false;
    this.acknowledged.add(acknowledgement);
    return true;
  }

  canAct(): boolean {
    return neededVersions(this.desired).every((ref) => this.shelf.has(ref));
  }

  /** The version to load next, the most needed first; null when there is nothing to load now. */
  nextToLoad(now: number): VersionRef | null {
    const missing = wantedVersions(this.desired).filter((ref) => !this.shelf.has(ref));
    return missing.find((ref) => (this.failures.get(ref.digest)?.retryAt ?? 0) <= now) ?? null;
  }

  /** When the next failed load is to be tried again; infinite if never. */
  nextRetryAt(): number {
    return Math.min(...[...this.failures.values()].map((failure) => failure.retryAt), Number.POSITIVE_INFINITY);
  }

  failed(ref: VersionRef, reason: LoadFailureReason, detail: string, now: number): void {
    const attempts = this.failures.get(ref.digest)?.attempts ?? 0;
    const retryAt = isWorthRetrying(reason) ? now + retryPauseMs(attempts) : Number.POSITIVE_INFINITY;
    this.failures.set(ref.digest, { ref, reason, detail, attempts: attempts + 1, retryAt });
  }

  loaded(ref: VersionRef): void {
    this.failures.delete(ref.digest);
  }

  /** Why a version that the desired state needs could not be loaded. */
  failure(): Failure | null {
    for (const ref of neededVersions(this.desired)) {
      const failure = this.failures.get(ref.digest);
      if (failure !== undefined) return failure;
    }
    return null;
  }
}
