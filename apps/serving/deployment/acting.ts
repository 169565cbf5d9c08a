import type { DesiredState } from '#contracts/events/deployment';
import { goesToCanary } from '#domain/assignment';
import type { ServedVersion } from '../models/served-version.js';

/** Everything a request needs to know of its model, read once: a swap replaces it as a whole. */
export interface Acting {
  readonly desired: DesiredState;
  readonly generation: number;
  readonly live: ServedVersion | null;
  readonly canary: { readonly version: ServedVersion; readonly percent: number } | null;
  /** Scored beside the answer and only logged. */
  readonly shadow: ServedVersion | null;
}

/** Whether a task is answered by the canary. */
export function takesCanary(acting: Acting, taskId: string): boolean {
  const { canary } = acting;
  return canary !== null && goesToCanary(canary.version.ref.digest, canary.percent, taskId);
}
