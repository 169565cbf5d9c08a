import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PERFORMANCE_PAGE, performancePage } from '../test/bench/report/performance-page.js';
import { SITE_MAP } from './site-map.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Targets of `[text](target)` and `![text](target)` that are files of the project. */
function fileLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] ?? '').split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

describe('the documents', () => {
  it.each(pages)('%s links to files that are there', (page) => {
    const markdown = readFileSync(join(root, page), 'utf8');
    const broken = fileLinks(markdown).filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  it('dependencies.md names every dependency with its release', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
    const missing = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      .map(([name, release]) => `| \`${name}\` | ${String(release)} |`)
      .filter((start) => !page.includes(start));
    expect(missing).toEqual([]);
  });

  it('performance.md shows the committed results', () => {
    expect(readFileSync(join(root, 'docs', PERFORMANCE_PAGE), 'utf8')).toBe(performancePage());
  });

  it('are all reached from the menu of the site', () => {
    const menu = SITE_MAP.flatMap(({ entries }) => entries.map(({ page }) => join('docs', `${page}.md`)));
    expect(menu.filter((page) => !pages.includes(page))).toEqual([]);
    const reached = new Set(menu);
    // A Set hands out what is added while it is gone through.
    for (const page of reached)
      for (const target of fileLinks(readFileSync(join(root, page), 'utf8')))
        if (target.endsWith('.md')) reached.add(join(dirname(page), target));
    expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });

  it('architecture.md names files that are there', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const named = [...page.matchAll(/`((?:apps|libs)\/[^`]+\.[a-z]+)`/g)].map(([, file = '']) => file);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('decisions are numbered, each once, and listed', () => {
    const index = readFileSync(join(root, 'docs/decisions/index.md'), 'utf8');
    const records = readdirSync(join(root, 'docs/decisions')).filter((name) => name !== 'index.md');
    expect(records.filter((name) => !/^\d{4}-[a-z0-9-]+\.md$/.test(name))).toEqual([]);
    expect(new Set(records.map((name) => name.slice(0, 4))).size).toBe(records.length);
    expect(records.filter((name) => !index.includes(`| [${name.slice(0, 4)}](${name}) |`))).toEqual([]);
  });

  it('guarantees.md names tests that are there', () => {
    const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
    const named = [...page.matchAll(/^- `(test\/[^`]+)`: "(.+)"$/gm)].map(([, file = '', title = '']) => ({
      file,
      title,
    }));
    expect(named.length).toBeGreaterThanOrEqual(7);
    expect(named.filter(({ file, title }) => !readFileSync(join(root, file), 'utf8').includes(`'${title}'`))).toEqual(
      [],
    );
    expect(page.split('\n').filter((line) => line.startsWith('- ')).length).toBe(named.length);
    for (const section of page.split(/^## /m).slice(1)) expect(section).toMatch(/^- `test\//m);
  });
});
