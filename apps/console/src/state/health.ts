import { ratchet } from '#contracts/command-line';
import type { Deployment } from '#contracts/http/deployments';
import type { ModelStatus } from '#contracts/http/models';
import { plural } from '../format/numbers.js';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

export interface Health {
  tone: Tone;
  /** The state of the model in one sentence. */
  sentence: string;
}

/** An instance that has not been heard of for this long is called silent. Heartbeats come every few seconds. */
export const SILENT_AFTER_MS = 30_000;

type Instance = ModelStatus['instances'][number];

export const isSilent = (instance: Instance, now: Date): boolean =>
  now.getTime() - Date.parse(instance.last_seen) > SILENT_AFTER_MS;

/** What an operator has to know first: the worst thing that is true. */
export function healthOf(status: ModelStatus, now: Date): Health {
  const open = status.alerts.filter(({ resolved_at }) => resolved_at === null);
  if (open.length > 0)
    return {
      tone: 'bad',
      // What it says stands below.
      sentence: open.length === 1 ? 'One alert is open.' : `${open.length} alerts are open.`,
    };
  if (status.live === null) return { tone: 'idle', sentence: 'No version is live yet.' };
  return instances(status, status.live.version, now) ?? underWay(status) ?? settled(status, status.live.version);
}

function instances(status: ModelStatus, live: string, now: Date): Health | null {
  const all = status.instances;
  if (all.length === 0) return { tone: 'bad', sentence: `${live} is live, but no serving instance reports in.` };
  if (status.deaf_since)
    return {
      tone: 'bad',
      sentence: `The registry hears nothing from Kafka: instances answer on, and nothing that is decided reaches them before it is back. What is wrong with it: npx ${ratchet('doctor', status.model)}`,
    };
  const silent = all.filter((instance) => isSilent(instance, now));
  if (silent.length > 0) return { tone: 'warn', sentence: `${names(silent)} ${has(silent)} gone silent.` };
  const missing = status.missing ?? [];
  if (missing.length > 0)
    return { tone: 'warn', sentence: `${names(missing)} fell silent without taking leave: killed, or standing still.` };
  const deaf = all.filter(({ deaf_since }) => (deaf_since ?? null) !== null);
  if (deaf.length > 0)
    return {
      tone: deaf.length === all.length ? 'bad' : 'warn',
      sentence: `${names(deaf)} ${hears(deaf)} nothing from Kafka and cannot follow.`,
    };
  const unready = all.filter(({ ready }) => !ready);
  if (unready.length > 0)
    return {
      tone: unready.length === all.length ? 'bad' : 'warn',
      sentence: `${names(unready)} ${is(unready)} not ready.`,
    };
  return null;
}

const UNDER_WAY: Record<Deployment['kind'], (to: string) => string> = {
  deploy: (to) => `${to} is being rolled out.`,
  rollback: (to) => `Going back to ${to}.`,
  drill: (to) => `A way back to ${to} is being rehearsed; what is live stays live.`,
};

function underWay(status: ModelStatus): Health | null {
  if (status.canary !== null)
    return {
      tone: 'busy',
      sentence: `${status.canary.version} answers ${status.canary.percent}\u00a0% of the tasks as a canary.`,
    };
  const { deployment } = status;
  if (deployment !== null && deployment.finished_at === null)
    return {
      tone: 'busy',
      sentence: UNDER_WAY[deployment.kind](deployment.to_version),
    };
  return null;
}

function settled(status: ModelStatus, live: string): Health {
  const behind = status.instances.filter(({ version }) => version !== live);
  if (behind.length > 0)
    return { tone: 'warn', sentence: `${names(behind)} ${serves(behind)} another version than ${live}.` };
  const all = status.instances.length;
  return {
    tone: 'good',
    sentence: all === 1 ? `The one instance serves ${live}.` : `All ${plural(all, 'instance')} serve ${live}.`,
  };
}

const names = (list: readonly Pick<Instance, 'instance'>[]): string =>
  list.length > 3 ? plural(list.length, 'instance') : list.map(({ instance }) => instance).join(', ');
const hears = (list: readonly Instance[]): string => (list.length === 1 ? 'hears' : 'hear');
const has = (list: readonly Instance[]): string => (list.length === 1 ? 'has' : 'have');
const is = (list: readonly Instance[]): string => (list.length === 1 ? 'is' : 'are');
const serves = (list: readonly Instance[]): string => (list.length === 1 ? 'serves' : 'serve');
