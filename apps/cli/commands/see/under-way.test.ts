import { describe, expect, it } from 'vitest';
import type { ModelStatus } from '#contracts/http/models';
import type { RunningCanary } from '#contracts/http/rollout';
import { invoke } from '../../testing/invoke.js';
import { deployment, modelStatus } from '../../testing/samples.js';
import { useServer } from '../../testing/use-server.js';

const { against, received } = useServer();

const rolling = {
  ...deployment,
  kind: 'deploy' as const,
  finished_at: null,
  from_version: 'v1.0.0',
  to_version: 'v1.1.0',
};
const arm = { outcomes: 0, failures: 0 };
const running: RunningCanary = {
  deployment_id: deployment.deployment_id,
  version: 'v1.1.0',
  live_version: 'v1.0.0',
  percent: 25,
  plan: [10, 25, 50, 100],
  steps: [],
  outcomes: { canary: arm, live: arm, in_step: 12 },
  next: 'hold',
  reasons: ['The step has seen 12 of 200 outcomes.'],
};
const ref = { digest: `sha256:${'a'.repeat(64)}`, artifact_uri: 'file:///packages/bb' };
const withCanary: ModelStatus = {
  ...modelStatus,
  model: 'churn',
  canary: { version: 'v1.1.0', percent: 25, ...ref },
  deployment: { ...rolling, model: 'churn', state: 'canary' },
};
const waiting: ModelStatus = {
  ...modelStatus,
  model: 'tickets',
  approval: { version: 'v2.0.0', needed: 2, given: [{ actor: 'ada', reason: 'x', at: '2026-01-04T09:00:00Z' }] },
};
const canary = { model: 'churn', generation: 7, canary: running };

describe('status', () => {
  it('has a line for all that is under way, with what is next and what to type about it', async () => {
    const staging = { ...modelStatus, deployment: { ...rolling, state: 'staging' as const } };
    const env = await against({
      'GET /v1/models': [staging, withCanary, waiting],
      'GET /v1/models/churn/canary': canary,
    });
    const { stdout } = await invoke(['status'], env);
    const [, table = ''] = stdout.split('\n\n');
    const [head, ...lines] = table.trimEnd().split('\n');
    expect(head).toMatch(/^IN PROGRESS .*CHANGE +STATE +NEXT/);
    const words = lines.join(' ').replaceAll(/\s+/g, ' ');
    for (const said of [
      /backlink-outcome roll-out v1\.0\.0 → v1\.1\.0 2 of 2 instances have loaded it/,
      /churn canary v1\.0\.0 → v1\.1\.0 25 % of the tasks Then 50 %\./,
      /tickets consent v1\.0\.0 → v2\.0\.0 1 of 2 consent/,
    ])
      expect(words).toMatch(said);
    for (const typed of ['ratchet canary status --model churn', 'ratchet approve --model tickets --version v2.0.0'])
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(typed);
  });

  it('says of one model what its canary waits for', async () => {
    const script = { 'GET /v1/models/churn': withCanary, 'GET /v1/models/churn/canary': canary };
    const { stdout } = await invoke(['status', '--model', 'churn'], await against(script));
    expect(stdout).toMatch(/deployment +deploy v1\.0\.0 → v1\.1\.0: canary, 25 % of the tasks/);
    expect(stdout).toMatch(/next +Then 50 %\. The step has seen 12 of 200 outcomes\./);
  });

  it('asks for no canary where none is running, nor for a document', async () => {
    await invoke(['status'], await against({ 'GET /v1/models': [modelStatus, waiting] }));
    expect(received()).toHaveLength(1);
    const json = await invoke(['status', '--json'], await against({ 'GET /v1/models': [withCanary, waiting] }));
    expect(JSON.parse(json.stdout)).toHaveLength(2);
    expect(received()).toHaveLength(1);
  });
});
