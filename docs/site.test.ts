import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SITE_MAP } from './site-map.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'ratchet-site-'));
afterAll(() => rmSync(out, { recursive: true }));

describe('the documentation site', () => {
  it('builds, with a page for each entry of its menu, its search and its documents', { timeout: 180_000 }, () => {
    const build = spawnSync(
      process.execPath,
      ['node_modules/vitepress/bin/vitepress.js', 'build', 'docs', '--outDir', out],
      {
        cwd: root,
        encoding: 'utf8',
        // Vitest's own settings would make it a build for tests.
        env: { ...process.env, NODE_ENV: 'production', VITEST: '' },
      },
    );
    expect(build.status, `${build.stdout}\n${build.stderr}`).toBe(0);
    const pages = SITE_MAP.flatMap(({ entries }) => entries.map(({ page }) => `${page}.html`));
    expect(pages.filter((page) => !existsSync(join(out, page)))).toEqual([]);
    const chunks = readdirSync(join(out, 'assets/chunks'));
    expect(chunks.filter((name) => name.startsWith('@localSearchIndex'))).toHaveLength(1);
    for (const file of ['asyncapi.yaml', 'openapi/registry.json', 'schemas/model-definition.schema.json'])
      expect(existsSync(join(out, file)), file).toBe(true);
  });
});
