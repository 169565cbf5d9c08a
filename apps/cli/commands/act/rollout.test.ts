import { afterEach, describe, expect, it } from 'vitest';
import type { CanaryStatus, ShadowStatus } from '#contracts/http/rollout';
import { invoke } from '../../testing/invoke.js';
import { type Answer, problem, type ScriptedServer, startScriptedServer } from '../../testing/scripted-server.js';

const MODEL = '/v1/models/backlink-outcome';
const deployment_id = '00000000-0000-4000-8000-000000000001';

const running: CanaryStatus = {
  model: 'backlink-outcome',
  generation: 9,
  canary: {
    deployment_id,
    version: 'v1.2.0',
    live_version: 'v1.1.0',
    percent: 10,
    plan: [10, 25, 50, 100],
    steps: [
      {
        percent: 10,
        generation: 9,
        started_at: '2026-01-04T09:00:00Z',
        outcomes_before: 0,
        actor: 'gate',
        reason: 'every instance has loaded v1.2.0',
      },
    ],
    outcomes: { canary: { outcomes: 120, failures: 30 }, live: { outcomes: 1080, failures: 300 }, in_step: 120 },
    next: 'hold',
    reasons: ['The step has seen 120 of 200 outcomes.'],
  },
};

const onTrial: CanaryStatus = {
  ...running,
  canary: running.canary && {
    ...running.canary,
    trial: {
      measure: 'failures',
      wanted: 0.05,
      estimate: { value: 0.1, low: -0.02, high: 0.22 },
      tasks_needed: 4600,
      tasks: 1200,
      most_tasks: 20_000,
      curve: [
        { at: '2026-01-04T09:05:00Z', tasks: 400, canary_failure_rate: null, live_failure_rate: 0.3, estimate: null },
        {
          at: '2026-01-04T09:20:00Z',
          tasks: 1200,
          canary_failure_rate: 0.25,
          live_failure_rate: 0.278,
          estimate: { value: 0.1, low: -0.02, high: 0.22 },
        },
      ],
    },
  },
};

const shadow: ShadowStatus = {
  model: 'backlink-outcome',
  generation: 12,
  shadow: {
    version: 'v1.2.0',
    since: '2026-01-04T09:00:00Z',
    tasks: 1000,
    agreement: 0.62,
    agreed: { outcomes: 620, failures: 155 },
    accuracy: 0.71,
    live_version: 'v1.1.0',
    live_accuracy: 0.74,
  },
};

let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function against(script: Readonly<Record<string, Answer>>) {
  server = await startScriptedServer(script);
  return { RATCHET_URL: server.url };
}

const sent = (path: string): unknown =>
  JSON.parse(server?.received.find(({ method, url }) => method === 'POST' && url === path)?.body ?? 'null');

describe('ratchet canary', () => {
  it('shows share, steps, outcomes and what it waits for', async () => {
    const { code, stdout } = await invoke(['canary', 'status'], await against({ [`GET ${MODEL}/canary`]: running }));
    expect(code).toBe(0);
    expect(stdout).toContain('v1.2.0 has 10 % of the tasks, v1.1.0 the rest');
    expect(stdout).toContain('[10] → 25 → 50 → 100 %');
    expect(stdout).toContain('25.0 % of 120 outcomes failed');
    expect(stdout).toContain('hold: The step has seen 120 of 200 outcomes.');
  });

  it('shows how a trial came about, and how far it is', async () => {
    const { stdout } = await invoke(['canary', 'status'], await against({ [`GET ${MODEL}/canary`]: onTrial }));
    expect(stdout).toMatch(/on trial for +5\.0 % fewer failures/);
    expect(stdout).toMatch(/tasks +1,200 of at most 20,000; about 4,600 more are needed/);
    expect(stdout).toMatch(/TASKS +v1\.2\.0 FAILS +v1\.1\.0 FAILS +IMPROVEMENT/);
    expect(stdout).toMatch(/2026-01-04 09:20:00 +1,200 +25\.0 % +27\.8 % +10\.0 % \(-2\.0 % to 22\.0 %\)/);
  });

  it.each([
    ['advance', 25, /v1\.2\.0 gets 25 % of the tasks/],
    ['abort', 0, /v1\.2\.0 was taken back/],
  ])('%s names the generation it is about, and why', async (command, percent, line) => {
    const env = await against({
      [`GET ${MODEL}/canary`]: running,
      [`POST ${MODEL}/canary/${command}`]: { deployment_id, generation: 10, version: 'v1.2.0', percent },
    });
    const { code, stdout } = await invoke(['canary', command, '--reason', 'because'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(line);
    expect(sent(`${MODEL}/canary/${command}`)).toEqual({ reason: 'because', expected_generation: 9 });
  });

  it('needs a reason, and a canary', async () => {
    const env = await against({ [`GET ${MODEL}/canary`]: { ...running, canary: null } });
    expect((await invoke(['canary', 'abort'], env)).code).toBe(2);
    const { code, stderr } = await invoke(['canary', 'advance', '--reason', 'because'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('No canary of backlink-outcome is running.');
  });
});

describe('ratchet shadow', () => {
  it('shows agreement, and outcomes only where it would have done what was done', async () => {
    const { stdout } = await invoke(['shadow', 'status'], await against({ [`GET ${MODEL}/shadow`]: shadow }));
    expect(stdout).toContain('v1.2.0 is scored beside v1.1.0');
    expect(stdout).toContain('62.0 %: it would have done what was done');
    expect(stdout).toContain('25.0 % of 620 failed');
    expect(stdout).toContain('71.0 % about what was done; v1.1.0: 74.0 %');
  });

  it('starts and stops with a reason', async () => {
    const env = await against({ [`POST ${MODEL}/shadow`]: shadow });
    expect((await invoke(['shadow', 'start', '--version', 'v1.2.0', '--reason', 'unsure'], env)).code).toBe(0);
    expect(sent(`${MODEL}/shadow`)).toEqual({ version: 'v1.2.0', reason: 'unsure' });
  });

  it('passes on why it cannot be', async () => {
    const env = await against({ [`POST ${MODEL}/shadow`]: problem(409, 'v1.1.0 is live already.') });
    const { code, stderr } = await invoke(['shadow', 'start', '--version', 'v1.1.0', '--reason', 'unsure'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('v1.1.0 is live already.');
  });
});
