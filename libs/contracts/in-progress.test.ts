import { describe, expect, it } from 'vitest';
import type { Deployment } from './http/deployments.js';
import type { ModelStatus } from './http/models.js';
import type { RunningCanary } from './http/rollout.js';
import { inProgress } from './in-progress.js';

const ref = (version: string) => ({ version, digest: 'sha256:0', artifact_uri: 'file:///x' });
const quiet: ModelStatus = {
  model: 'churn',
  generation: 3,
  live: ref('v1.0.0'),
  live_since: null,
  canary: null,
  approval: null,
  deployment: null,
  instances: [],
  versions: 2,
  dataset_rows: 10,
  last_run: null,
  alerts: [],
};
const instance = (name: string, state: Deployment['instances'][number]['state']) => ({
  instance: name,
  state,
  milliseconds: null,
  detail: null,
});
const deployment: Deployment = {
  deployment_id: '00000000-0000-4000-8000-000000000001',
  model: 'churn',
  kind: 'deploy',
  state: 'staging',
  cause: 'stage',
  from_version: 'v1.0.0',
  to_version: 'v1.1.0',
  generation: 4,
  trigger: 'operator',
  actor: 'ada',
  reason: 'x',
  forced: false,
  started_at: '2026-01-04T09:00:00Z',
  finished_at: null,
  instances: [instance('a', 'loaded'), instance('b', 'waiting')],
  failure: null,
};
const canary: RunningCanary = {
  deployment_id: deployment.deployment_id,
  version: 'v1.1.0',
  live_version: 'v1.0.0',
  percent: 25,
  plan: [10, 25, 50, 100],
  steps: [],
  outcomes: { canary: { outcomes: 0, failures: 0 }, live: { outcomes: 0, failures: 0 }, in_step: 0 },
  next: 'hold',
  reasons: ['The step has seen 12 of 200 outcomes.'],
  trial: null,
};
const withCanary: ModelStatus = {
  ...quiet,
  deployment: { ...deployment, state: 'canary' },
  canary: { ...ref('v1.1.0'), percent: 25 },
};
const trial = {
  measure: 'failures' as const,
  wanted: 0.05,
  estimate: null,
  tasks_needed: 9,
  tasks: 1,
  most_tasks: 100,
};

const line = (status: ModelStatus, running: RunningCanary | null = null) =>
  inProgress(status, running).map(({ kind, state, next }) => [kind, state, next]);

describe('what is under way in a model', () => {
  it('is nothing where nothing is, or where it has ended', () => {
    expect(inProgress(quiet, null)).toEqual([]);
    const ended = { ...deployment, state: 'done' as const, finished_at: '2026-01-04T09:01:00Z' };
    expect(inProgress({ ...quiet, deployment: ended }, null)).toEqual([]);
  });

  it.each([
    ['deploy', 'staging', 'roll-out', '1 of 2 instances have loaded it', 'to its first step, or live'],
    ['deploy', 'activating', 'roll-out', '0 of 2 instances answer with it', 'done when all of them do'],
    ['rollback', 'activating', 'rollback', '0 of 2 instances answer with it', 'done when all of them do'],
    ['drill', 'staging', 'rehearsal', '1 of 2 instances have loaded it', 'Nothing is changed'],
  ] as const)('is a %s in the phase %s', (kind, state, called, how, next) => {
    const [found] = inProgress({ ...quiet, deployment: { ...deployment, kind, state } }, null);
    expect(found).toMatchObject({ model: 'churn', kind: called, from: 'v1.0.0', to: 'v1.1.0', state: how });
    expect(found?.next).toContain(next);
  });

  it.each([
    [{}, 'canary', 'Then 50 %. The step has seen 12 of 200 outcomes.'],
    [{ percent: 50 }, 'canary', 'Then live. The step has seen 12 of 200 outcomes.'],
    [{ next: 'advance' as const, reasons: ['Not worse.'] }, 'canary', 'Then 50 %, at the next look. Not worse.'],
    [{ next: 'abort' as const, reasons: ['It fails.'] }, 'canary', 'It is taken back at the next look. It fails.'],
  ])('is a canary, of which %j is known', (known, kind, next) => {
    expect(line(withCanary, { ...canary, ...known })).toEqual([[kind, '25 % of the tasks', next]]);
  });

  it('is a trial where the gate could not tell', () => {
    const reasons = ['Not decided yet.'];
    expect(line(withCanary, { ...canary, trial, reasons })).toEqual([
      ['trial', '25 % of the tasks', 'It goes live or is taken back once that is certain. Not decided yet.'],
    ]);
    expect(line(withCanary, { ...canary, trial, reasons: ['Better.'], next: 'advance' })).toEqual([
      ['trial', '25 % of the tasks', 'It goes on at the next look. Better.'],
    ]);
  });

  it('is a version that waits for people, beside what is being deployed meanwhile', () => {
    const approval = {
      version: 'v1.2.0',
      needed: 2,
      given: [{ actor: 'ada', reason: 'x', at: '2026-01-04T09:00:00Z' }],
    };
    expect(line({ ...withCanary, approval })).toEqual([
      ['canary', '25 % of the tasks', 'It goes on by its own steps.'],
      ['consent', '1 of 2 consent', 'It is deployed once one more person consented.'],
    ]);
  });
});
