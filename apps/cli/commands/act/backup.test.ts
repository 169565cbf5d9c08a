import { describe, expect, it } from 'vitest';
import type { Backup, LivePackage } from '#contracts/http/backups';
import { invoke } from '../../testing/invoke.js';
import { deployment, ids, modelStatus } from '../../testing/samples.js';
import { useServer } from '../../testing/use-server.js';

const MODEL = '/v1/models/backlink-outcome';
const { against, posted, received } = useServer();

const newest: Backup = {
  backup_id: 'aaaa1111-0000-4000-8000-000000000001',
  model: 'backlink-outcome',
  version: 'v1.0.0',
  digest: `sha256:${'a'.repeat(64)}`,
  generation: 4,
  deployment_id: ids.deployment,
  taken_at: '2026-01-04T09:00:00Z',
  verified_at: '2026-01-04T09:00:02Z',
  problem: null,
  copy_uri: 'file:///second/packages/aa',
};
const older: Backup = { ...newest, backup_id: 'aaaa2222-0000-4000-8000-000000000002', verified_at: null };
const damaged: Backup = { ...older, problem: 'model.xgb.json is missing' };
const listed = { [`GET ${MODEL}/backups`]: [newest, older] };
const live = { version: 'v1.0.0', digest: newest.digest, artifact_uri: 'file:///packages/aa' };
const lives = (found: Partial<LivePackage> = {}) => ({
  [`GET ${MODEL}`]: { ...modelStatus, live },
  [`POST ${MODEL}/live/verify`]: {
    model: 'backlink-outcome',
    version: live.version,
    digest: live.digest,
    problem: null,
    mended: false,
    copy_uri: null,
    ...found,
  },
});
const verified = (backup: Backup) => ({ [`POST ${MODEL}/backups/${backup.backup_id}/verify`]: backup });

describe('backup list', () => {
  it('shows the condition of each', async () => {
    const result = await invoke(['backup', 'list', '--limit', '5'], await against(listed));
    expect(received()[0]?.url).toBe(`${MODEL}/backups?limit=5`);
    expect(result.stdout).toMatch(/aaaa1111 +v1\.0\.0 +whole +2026-01-04 09:00:00 +2026-01-04 09:00:02/);
    expect(result.stdout).toMatch(/aaaa2222 +v1\.0\.0 +not verified/);
    expect(result.stdout).not.toContain('PROBLEM');
  });

  it('says when the first one is taken', async () => {
    const result = await invoke(['backup', 'list'], await against({ [`GET ${MODEL}/backups`]: [] }));
    expect(result.stdout).toContain('taken before each deployment');
  });
});

describe('backup verify', () => {
  it('takes the newest', async () => {
    const result = await invoke(['backup', 'verify'], await against({ ...listed, ...lives(), ...verified(newest) }));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('v1.0.0, which is live, is whole, with no second copy');
    expect(result.stdout).toContain('1 backup verified, whole');
  });

  it('exits 1 for a damaged one and says how to mend it', async () => {
    const result = await invoke(
      ['backup', 'verify', 'aaaa2'],
      await against({ ...listed, ...lives(), ...verified(damaged) }),
    );
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/damaged.*model\.xgb\.json is missing/);
    expect(result.stdout).toContain('ratchet backup restore aaaa2222 --reason');
  });

  it('--all reads every one', async () => {
    const env = await against({ ...listed, ...lives(), ...verified(newest), ...verified(damaged) });
    const result = await invoke(['backup', 'verify', '--all', '--json'], env);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ live: { problem: null }, backups: [newest, damaged] });
  });

  it('reads the live package although there is no backup yet, and exits 1 where it is damaged', async () => {
    const none = { [`GET ${MODEL}/backups`]: [] };
    const whole = await invoke(['backup', 'verify'], await against({ ...none, ...lives({ mended: true }) }));
    expect(whole.code).toBe(0);
    expect(whole.stdout).toContain('is whole again, mended from the second store');
    const lost = await against({ ...none, ...lives({ problem: 'manifest.json is missing' }) });
    const broken = await invoke(['backup', 'verify'], lost);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('v1.0.0, which is live, is damaged: manifest.json is missing');
  });

  it.each([
    ['aaaa', '2 backups begin with "aaaa"'],
    ['ffff', 'No backup begins with "ffff"'],
  ])('%s is a usage error', async (given, text) => {
    const result = await invoke(['backup', 'verify', given], await against(listed));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(text);
  });
});

describe('backup restore', () => {
  const command = {
    command_id: ids.command,
    deployment_id: ids.deployment,
    generation: 7,
    from_version: 'v1.1.0',
    to_version: 'v1.0.0',
  };
  const route = `${MODEL}/backups/${newest.backup_id}/restore`;

  it('rolls back to its version and waits for the instances', async () => {
    const env = await against({
      [`POST ${route}`]: { backup: newest, command },
      [`GET ${MODEL}/deployments/${ids.deployment}`]: deployment,
    });
    const result = await invoke(['backup', 'restore', newest.backup_id, '--reason', 'lost'], env);
    expect(result.code).toBe(0);
    expect(posted(route)).toEqual([{ reason: 'lost', command_id: expect.any(String) }]);
    expect(result.stdout).toContain('The package of v1.0.0 is whole.');
    expect(result.stdout).toContain('Rolled back v1.1.0 → v1.0.0');
  });

  it('only mends the package of what is live', async () => {
    const env = await against({ [`POST ${route}`]: { backup: newest, command: null } });
    const result = await invoke(['backup', 'restore', newest.backup_id, '--reason', 'lost'], env);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('v1.0.0 is live already');
  });

  it('wants a reason', async () => {
    expect((await invoke(['backup', 'restore', 'aaaa1'], await against(listed))).code).toBe(2);
    expect(received()).toEqual([]);
  });
});
