import type { Verdict } from '#contracts/events/evaluation';
import type { ModelStatus } from '#contracts/http/models';
import { plural } from '../format/numbers.js';
import type { RollbackTarget } from '../state/rollback-targets.js';

/** What an operator is about to do, in sentences that leave nothing open. */

const LIST = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** "2 instances: serving-1 and serving-2" */
export function affected(status: ModelStatus): string {
  const names = status.instances.map(({ instance }) => instance);
  if (names.length === 0) return 'no instance, because none reports in now';
  return `${plural(names.length, 'instance')}: ${LIST.format(names)}`;
}

export function deployConsequences(
  status: ModelStatus,
  version: string,
  verdict: Verdict | null,
  signedInAs: string,
): string[] {
  const live = status.live?.version ?? null;
  return [
    live === null
      ? `${version} becomes the first live version of ${status.model}, on ${affected(status)}.`
      : `${version} takes the place of ${live} on ${affected(status)}.`,
    `Each of them loads and verifies ${version} first. If one cannot, nothing changes.`,
    live === null
      ? 'Until then decisions are answered with “no version is live”.'
      : `${live} answers until then, and stays loaded for the way back. Canary steps of the model definition apply.`,
    ...(verdict === 'pass'
      ? []
      : [
          `The gate ${verdict === null ? 'has not judged' : `says “${verdict}” of`} ${version}. That it was deployed all the same goes into the audit log under the name ${signedInAs}.`,
        ]),
  ];
}

export function rollbackConsequences(status: ModelStatus, target: RollbackTarget): string[] {
  const live = status.live?.version ?? null;
  const { deployment } = status;
  if (target.version === live)
    return [
      `The roll-out of ${deployment?.to_version ?? 'the new version'} ends on ${affected(status)}.`,
      `${live} stays live and answers everything.`,
    ];
  return [
    `${live ?? 'Nothing'} stops answering and ${target.version} answers again, on ${affected(status)}.`,
    warmth(status, target),
    `${live ?? 'It'} is marked as rolled back and is not chosen by itself again.`,
  ];
}

function warmth(status: ModelStatus, { version, warm }: RollbackTarget): string {
  const all = status.instances.length;
  if (warm === all) return `${version} is loaded on all of them: the swap takes milliseconds and drops no request.`;
  return `${version} is loaded on ${warm} of ${all}; the others fetch and verify it first, which takes longer.`;
}
