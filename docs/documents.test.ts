import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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

  it('configuration.md names every environment variable of the services', () => {
    const apps = readdirSync(join(root, 'apps')).map((app) => join(root, 'apps', app, 'config.ts'));
    const shared = ['config.ts', 'kafka-settings.ts'].map((file) => join(root, 'libs/platform', file));
    const sources = [...shared, ...apps.filter((file) => existsSync(file))];
    const variables = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^ {2}([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*): /gm)].map(
        (match) => match[1] ?? '',
      ),
    );
    expect(variables).toContain('KAFKA_BROKERS');
    const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
    expect(variables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
