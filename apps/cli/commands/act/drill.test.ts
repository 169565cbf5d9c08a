import { describe, expect, it } from 'vitest';
import type { Deployment } from '#contracts/http/deployments';
import { invoke } from '../../testing/invoke.js';
import { deployment, ids } from '../../testing/samples.js';
import { InTurn, problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const MODEL = '/v1/models/backlink-outcome';
const { against, posted } = useServer();

const drilled: Deployment = {
  ...deployment,
  kind: 'drill',
  instances: [
    { instance: 'serving-1', state: 'loaded', milliseconds: 3.1, detail: null },
    { instance: 'serving-2', state: 'loaded', milliseconds: 812, detail: null },
  ],
};
const accepted = { deployment_id: ids.deployment, generation: 7, live: 'v1.1.0', rollback_to: 'v1.0.0' };
const answering = (...states: Deployment[]) => ({
  [`POST ${MODEL}/drill`]: accepted,
  [`GET ${MODEL}/deployments/${ids.deployment}`]: new InTurn(states),
});

describe('drill', () => {
  it('waits for every instance and says how long each took', async () => {
    const env = await against(answering({ ...drilled, state: 'staging' }, drilled));
    const result = await invoke(['drill', '--reason', 'before the release'], env);
    expect(result.code).toBe(0);
    expect(posted(`${MODEL}/drill`)).toEqual([{ reason: 'before the release' }]);
    expect(result.stdout).toContain('Prepared: a rollback would go v1.1.0 → v1.0.0, which 2 of 2 instances loaded');
    expect(result.stdout).toMatch(/serving-2 +loaded +812 ms/);
  });

  it('exits 1 and names the instance that could not', async () => {
    const failure = 'serving-2 could not load v1.0.0: digest-mismatch';
    const result = await invoke(['drill'], await against(answering({ ...drilled, state: 'failed', failure })));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(`Not prepared: ${failure}`);
  });

  it('exits 1 when nobody is there to prove it', async () => {
    const result = await invoke(['drill'], await against(answering({ ...drilled, instances: [] })));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('No instance is there');
  });

  it('passes on that there is nothing to go back to', async () => {
    const refused = problem(409, 'backlink-outcome has no version that a rollback could go back to.');
    const result = await invoke(['drill'], await against({ [`POST ${MODEL}/drill`]: refused }));
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('no version that a rollback could go back to');
  });

  it('stands in the history with the instances that were ready', async () => {
    const result = await invoke(['history'], await against({ [`GET ${MODEL}/deployments`]: [drilled] }));
    expect(result.stdout).toMatch(/drill +v1\.1\.0 +v1\.0\.0 +done +2\/2/);
  });
});
