import { describe, expect, it } from 'vitest';
import type { Deployment } from '#contracts/http/deployments';
import type { ModelStatus } from '#contracts/http/models';
import { healthOf } from './health.js';

const NOW = new Date('2026-03-12T10:00:00Z');
const ref = (version: string) => ({ version, digest: `sha256:${'a'.repeat(64)}`, artifact_uri: 'file:///x' });

const instance = (name: string, change: Partial<ModelStatus['instances'][number]> = {}) => ({
  instance: name,
  url: 'http://127.0.0.1:7410',
  ready: true,
  last_seen: '2026-03-12T09:59:58Z',
  version: 'v1.1.0',
  generation: 4,
  seen_generation: 4,
  warm: ['v1.0.0'],
  ...change,
});

const deployment = (change: Partial<Deployment>): Deployment => ({
  deployment_id: '018f6f5e-0000-7000-8000-000000000001',
  model: 'm',
  kind: 'deploy',
  state: 'staging',
  cause: 'stage',
  from_version: 'v1.1.0',
  to_version: 'v1.2.0',
  generation: 5,
  trigger: 'gate',
  actor: 'gate',
  reason: 'passed',
  forced: false,
  started_at: '2026-03-12T09:59:00Z',
  finished_at: null,
  instances: [],
  failure: null,
  ...change,
});

const status = (change: Partial<ModelStatus> = {}): ModelStatus => ({
  model: 'm',
  generation: 4,
  live: ref('v1.1.0'),
  live_since: '2026-03-10T10:00:00Z',
  canary: null,
  deployment: null,
  instances: [instance('serving-1'), instance('serving-2')],
  versions: 2,
  dataset_rows: 1000,
  last_run: null,
  alerts: [],
  ...change,
});

const alert = {
  alert: 'accuracy-drop',
  model: 'm',
  since: '2026-03-12T09:00:00Z',
  detail: 'live accuracy 0.61 is below 0.80.',
  resolved_at: null,
};

describe('healthOf', () => {
  it.each<[string, Partial<ModelStatus>, string, string]>([
    [
      'an instance that was killed',
      { missing: [{ instance: 'serving-2', last_seen: '2026-03-12T09:50:00Z' }] },
      'warn',
      'serving-2 fell silent without taking leave: killed, or standing still.',
    ],
    ['all is well', {}, 'good', 'All 2 instances serve v1.1.0.'],
    ['one instance', { instances: [instance('serving-1')] }, 'good', 'The one instance serves v1.1.0.'],
    ['nothing live', { live: null, live_since: null, instances: [] }, 'idle', 'No version is live yet.'],
    ['an alert', { alerts: [alert] }, 'bad', 'One alert is open.'],
    ['a resolved alert', { alerts: [{ ...alert, resolved_at: alert.since }] }, 'good', 'All 2 instances serve v1.1.0.'],
    ['nobody there', { instances: [] }, 'bad', 'v1.1.0 is live, but no serving instance reports in.'],
    [
      'a silent instance',
      { instances: [instance('serving-1'), instance('serving-2', { last_seen: '2026-03-12T09:58:00Z' })] },
      'warn',
      'serving-2 has gone silent.',
    ],
    [
      'a registry that hears nothing',
      { deaf_since: '2026-03-12T09:58:00Z', instances: [instance('serving-1', { last_seen: '2026-03-12T09:58:00Z' })] },
      'bad',
      'The registry hears nothing from Kafka: instances answer on, and nothing that is decided reaches them before it is back. What is wrong with it: npx ratchet doctor --model m',
    ],
    [
      'one of two deaf',
      {
        instances: [
          instance('serving-1', { deaf_since: null }),
          instance('serving-2', { ready: false, deaf_since: '2026-03-12T09:58:00Z' }),
        ],
      },
      'warn',
      'serving-2 hears nothing from Kafka and cannot follow.',
    ],
    [
      'one of two not ready',
      { instances: [instance('serving-1'), instance('serving-2', { ready: false })] },
      'warn',
      'serving-2 is not ready.',
    ],
    [
      'none ready',
      { instances: [instance('serving-1', { ready: false }), instance('serving-2', { ready: false })] },
      'bad',
      'serving-1, serving-2 are not ready.',
    ],
    [
      'a canary',
      { canary: { ...ref('v1.2.0'), percent: 25 } },
      'busy',
      'v1.2.0 answers 25\u00a0% of the tasks as a canary.',
    ],
    ['a roll-out', { deployment: deployment({}) }, 'busy', 'v1.2.0 is being rolled out.'],
    [
      'a rollback',
      { deployment: deployment({ kind: 'rollback', to_version: 'v1.0.0' }) },
      'busy',
      'Going back to v1.0.0.',
    ],
    [
      'a finished roll-out',
      { deployment: deployment({ finished_at: '2026-03-12T09:59:01Z' }) },
      'good',
      'All 2 instances serve v1.1.0.',
    ],
    [
      'an instance that did not follow',
      { instances: [instance('serving-1'), instance('serving-2', { version: 'v1.0.0' })] },
      'warn',
      'serving-2 serves another version than v1.1.0.',
    ],
  ])('%s', (_, change, tone, sentence) => {
    expect(healthOf(status(change), NOW)).toEqual({ tone, sentence });
  });
});
