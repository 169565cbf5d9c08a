import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TokenRecord, TokensFile } from '#contracts/http/access';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { useServer } from '../../testing/use-server.js';

const { against, received } = useServer();

const record = (name: string, revoked_at: string | null = null): TokenRecord => ({
  name,
  role: 'viewer',
  sha256: name.length.toString(16).padStart(64, '0'),
  created_at: '2026-01-04T09:00:00Z',
  created_by: 'local',
  revoked_at,
});
const tokens = [record('engine'), record('old engine', '2026-01-05T09:00:00Z')];
const listed = { 'GET /v1/tokens': tokens };

describe('token list', () => {
  it('shows who has one, and which are revoked', async () => {
    const { code, stdout } = await invoke(['token', 'list'], await against(listed));
    expect(code).toBe(0);
    expect(stdout).toMatch(/engine +viewer +2026-01-04 09:00:00 +local/);
    expect(stdout).toMatch(/old engine .* 2026-01-05 09:00:00/);
  });
});

describe('token revoke', () => {
  it('names the token, whatever is in its name', async () => {
    const path = '/v1/tokens/a%2Fb%20c';
    const result = await invoke(
      ['token', 'revoke', '--name', 'a/b c'],
      await against({ [`DELETE ${path}`]: record('a/b c') }),
    );
    expect(received()[0]).toMatchObject({ method: 'DELETE', url: path });
    expect(result).toMatchObject({ code: 0, stdout: 'a/b c (viewer) is revoked.\n' });
  });
});

describe('token export', () => {
  const expected = [{ name: 'engine', role: 'viewer', sha256: record('engine').sha256 }];

  it('writes those that are good, as serving reads them, for the owner alone', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'tokens.json'), 'older', { mode: 0o644 });
    const { code, stdout } = await invoke(
      ['token', 'export', '--output', 'tokens.json'],
      await against(listed),
      folder,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `1 token written to ${join(folder, 'tokens.json')}\n` });
    expect(TokensFile.parse(JSON.parse(readFileSync(join(folder, 'tokens.json'), 'utf8')))).toEqual(expected);
    expect(statSync(join(folder, 'tokens.json')).mode & 0o777).toBe(0o600);
  });

  it('goes to standard output for a pipe', async () => {
    const { stdout } = await invoke(['token', 'export'], await against(listed));
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('says where it cannot write', async () => {
    const result = await invoke(['token', 'export', '--output', 'no/such/folder/x.json'], await against(listed));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('no/such/folder/x.json cannot be written (ENOENT)');
  });
});
