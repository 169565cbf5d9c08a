import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ALERT_NAMES, describeAlert } from '#contracts/alerts';
import { ratchet } from '#contracts/command-line';
import { DEFAULT_MODEL } from '#contracts/default-model';
import { projectFolder } from './client/settings.js';
import {
  actsOn,
  advised,
  commandNames,
  isCommand,
  longestUnderstood,
  namesModel,
  understand,
  words,
} from './testing/advice.js';
import { adviceInSources } from './testing/advice-in-sources.js';

const { made, written } = adviceInSources();

/** Commands that would take a model and are advised where none is known, and why none is. */
const OF_NO_MODEL: Readonly<Record<string, string>> = {
  'apps/cli/client/service.ts: doctor': 'what does not answer is a service, whatever was asked of it',
  'apps/cli/commands/data/incidents.ts: import': 'topics carry the outcomes of all models',
  'apps/cli/commands/data/incidents.ts: collect': 'topics carry the outcomes of all models',
  'apps/cli/commands/data/dead-letters.ts: audit': 'refused messages are of all models',
  'apps/cli/doctor/native.ts: doctor': 'about the libraries of another machine',
  'apps/console/src/session/unreachable.tsx: doctor': 'nobody is signed in, and nothing answers',
  'apps/console/src/pages/audit/verification.tsx: audit': 'one chain of records for all models',
  'deploy/kafka/acls.ts: doctor': 'names a program that reads from Kafka',
  'deploy/local/stack/words.ts: status': 'a stack that has just started has the default model',
  'deploy/local/stack/words.ts: retrain': 'a stack that has just started has the default model',
  'deploy/local/stack/words.ts: rollback': 'a stack that has just started has the default model',
  'deploy/local/stack/words.ts: import': 'a stack that has just started has the default model',
};

const lines = made.flatMap(({ file, commands, anyModel, options }) =>
  commands.flatMap((command) => options.map((option) => ({ file, command, anyModel, option }))),
);

/** The commands of a text, in which sentences go on after them. */
const inText = ({ file, text, kind }: (typeof written)[number]) =>
  kind === 'example'
    ? [{ file, typed: words(text.replace(/^.*?\bratchet /, '').replace(/\)"/, '')) }]
    : advised(text).map((typed) => ({ file, typed }));

describe('advice of the sources', () => {
  it('is found', () => {
    expect(new Set(made.map(({ file }) => file)).size).toBeGreaterThan(40);
    expect(written.length).toBeGreaterThan(100);
  });

  it.each(lines)('$file: $command $option', async ({ command, anyModel, option }) => {
    for (const about of anyModel ? [null] : ['churn', DEFAULT_MODEL]) {
      const typed = words(ratchet(command, about, option)).slice(1);
      const meaning = await understand(typed);
      if (about !== null) expect(actsOn(meaning, about), typed.join(' ')).toBe(true);
    }
  });

  it.each(written)('$file: $text', async (each) => {
    for (const { typed } of inText(each))
      if (each.kind === 'example') await understand(typed);
      else if (each.kind === 'told') await longestUnderstood(typed);
      else expect(isCommand(typed), typed.join(' ')).toBe(true);
  });

  it('leaves out the model only where none is known', async () => {
    const all = [
      ...lines
        .filter(({ anyModel }) => anyModel)
        .map(({ file, command, option }) => ({ file, typed: words(ratchet(command, null, option)).slice(1) })),
      ...written.filter(({ kind }) => kind === 'told').flatMap(inText),
    ];
    const without = new Set<string>();
    for (const { file, typed } of all) {
      const { command, takesModel } = await longestUnderstood(typed);
      if (takesModel && !namesModel(typed)) without.add(`${file}: ${command}`);
    }
    expect([...without].sort()).toEqual(Object.keys(OF_NO_MODEL).sort());
  });
});

const Rules = z.object({
  groups: z.array(
    z.object({ rules: z.array(z.object({ alert: z.string(), annotations: z.record(z.string(), z.string()) })) }),
  ),
});
const RULES = 'deploy/prometheus/rules/ratchet.yaml';
const rules = Rules.parse(parse(readFileSync(join(projectFolder(), RULES), 'utf8'))).groups.flatMap(
  (group) => group.rules,
);

describe('advice of tables', () => {
  it.each(rules)('is a command about the model of the rule: $alert', async ({ annotations }) => {
    const told = Object.values(annotations).join(' ').replaceAll('{{ $labels.model }}', 'churn');
    for (const typed of advised(told)) {
      const meaning = await longestUnderstood(typed);
      if (told.includes('churn')) expect(actsOn(meaning, 'churn'), typed.join(' ')).toBe(true);
    }
  });

  it.each([...ALERT_NAMES, 'of-a-newer-release'])('is a command about the model of the alert: %s', async (name) => {
    for (const model of ['churn', DEFAULT_MODEL]) {
      const meaning = await understand(words(describeAlert(name).help.command(model)).slice(1));
      expect(actsOn(meaning, model)).toBe(true);
    }
  });
});

describe('what is no advice', () => {
  it.each([
    ['a command that there is not', ['depoly', '--version', 'v1.0.0', '--reason', 'x']],
    ['an option that it does not take', ['list', '--all']],
    ['one that lacks what it needs', ['deploy', '--model', 'churn', '--version', 'v1.0.0']],
    ['a value that it refuses', ['deploy', '--version', 'newest', '--reason', '']],
    ['a group of commands', ['backup']],
  ])('%s', async (_, typed) => {
    await expect(understand(typed)).rejects.toThrow();
  });

  it('a command that leaves out the model, or names another', async () => {
    expect(actsOn(await understand(['rollback', '--reason', 'x']), 'churn')).toBe(false);
    expect(actsOn(await understand(['status']), DEFAULT_MODEL)).toBe(false);
    expect(actsOn(await understand(['status', '--model', 'other']), 'churn')).toBe(false);
    expect(actsOn(await understand(['dlq', 'list']), 'churn')).toBe(true);
  });
});

describe('the table of commands', () => {
  it('has those of every group', () => {
    expect(commandNames()).toEqual(expect.arrayContaining(['status', 'runs', 'runs cancel', 'backup restore']));
    expect(commandNames()).not.toContain('backup');
  });
});

describe('a text', () => {
  it.each([
    ['Follow it: ratchet status --model churn', ['status --model churn']],
    ['"ratchet list --model a" shows them, npx ratchet runs those.', ['list --model a', 'runs those']],
    [
      'ratchet reconcile keep 3f2a81c0 --model churn --reason "…"',
      ['reconcile keep 3f2a81c0 --model churn --reason as advised'],
    ],
    [
      'To read it: ratchet import --model c my/file.csv --rename a=b,c=d. To',
      ['import --model c my/file.csv --rename a=b,c=d'],
    ],
    ['ratchet models example churn --python > churn.py', ['models example churn --python']],
    ['ratchet info --version v1.0.0 and ratchet list', ['info --version v1.0.0', 'list']],
    ['default: .ratchet in the clone; Ratchet is up', []],
  ])('%s', (text, expected) => {
    expect(advised(text).map((typed) => typed.join(' '))).toEqual(expected);
  });
});
