import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DESIRED_STATE_TOPICS, TOPICS } from '#contracts/topics';
import { REPOSITORY } from '../local/repository.js';
import { grants, type Principal } from './acls.js';
import { aclsScript } from './acls-script.js';

const script = join(REPOSITORY, 'deploy/kafka/acls.sh');

const may = (operation: 'Read' | 'Write', name: string): Principal[] =>
  grants()
    .filter((g) => g.resource === 'topic' && g.operations.includes(operation) && g.names.includes(name))
    .map((g) => g.principal);

/** The sources of an app, in one. */
function sourcesOf(folder: string): string {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(REPOSITORY, folder, file), 'utf8'))
    .join('\n');
}

const namesIn = (text: string): string[] =>
  [...text.matchAll(/'([a-z.-]+)'/g)].map((match) => match[1] ?? '').filter((name) => Object.hasOwn(TOPICS, name));

describe('acls.sh', () => {
  it('is what the topic table says, and can be run', () => {
    expect(readFileSync(script, 'utf8'), 'run: npm run generate').toBe(aclsScript());
    expect(statSync(script).mode & 0o111).not.toBe(0);
  });
});

describe('the grants', () => {
  it('let only operators write commands', () => {
    expect(may('Write', 'model.deploy-requested')).toEqual(['operators']);
    expect(may('Write', 'model.rollback-requested')).toEqual(['operators']);
    expect(may('Write', 'training.requested')).toEqual(['registry', 'trainer', 'evaluator', 'operators']);
  });

  it.each(DESIRED_STATE_TOPICS)('let only the registry write %s', (name) => {
    expect(may('Write', name)).toEqual(['registry']);
  });

  it('let nobody write or read everything, or anything whose name is not in the topic table', () => {
    const topics = grants().filter((grant) => grant.resource === 'topic');
    for (const { names, prefixed } of topics) {
      expect(prefixed ?? false).toBe(false);
      expect(names.filter((name) => !Object.hasOwn(TOPICS, name))).toEqual([]);
    }
    for (const grant of grants()) expect(grant.operations).not.toContain('All');
  });

  it.each<[Principal, readonly string[]]>([
    ['registry', ['apps/registry']],
    ['feedback-ingest', ['apps/feedback-ingest']],
    ['trainer', ['apps/trainer']],
    ['evaluator', ['apps/evaluator']],
    ['serving', ['apps/serving']],
    ['engine', ['apps/sample-engine']],
  ])('cover what the source of %s reads and writes', (principal, folders) => {
    const source = folders.map(sourcesOf).join('\n');
    const reads = [...source.matchAll(/@On(?:Event|Events|Batch)\(\s*(\[[^\]]*\]|'[^']*')/g)].flatMap((match) =>
      namesIn(match[1] ?? ''),
    );
    const writes = [...source.matchAll(/\.(?:publish|publishMany|tombstone|add)\((?:[\w.]+, )?('[^']*')/g)].flatMap(
      (match) => namesIn(match[1] ?? ''),
    );
    expect(reads.filter((name) => !may('Read', name).includes(principal))).toEqual([]);
    expect(writes.filter((name) => !may('Write', name).includes(principal))).toEqual([]);
    expect(reads.length + writes.length).toBeGreaterThan(0);
    const groups = [...source.matchAll(/group: [`']([^`'$]+)/g)].map((match) => match[1] ?? '');
    const granted = grants().filter((grant) => grant.resource === 'group' && grant.principal === principal);
    for (const group of groups)
      expect(
        granted.some(({ names, prefixed }) => names.some((n) => (prefixed ? group.startsWith(n) : group === n))),
      ).toBe(true);
  });
});
