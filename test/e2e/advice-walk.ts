import { expect } from 'vitest';
import { actsOn, advised, understand } from '../../apps/cli/testing/advice.js';
import type { CommandResult } from '../stack/programs.js';
import { NOT_EXECUTED, sceneOf } from './advice-scenes.js';

/** Something to type whose answer may advise other commands. */
export interface Walk {
  readonly typed: readonly string[];
  /** The model that its advice is to be about; what the command itself names, if left out. */
  readonly about?: string;
  /** Why it advises nothing here; without it, it has to. */
  readonly silent?: string;
}

const walk = (line: string, rest: Omit<Walk, 'typed'> = {}): Walk => ({ typed: line.split(' '), ...rest });

/**
 * Every command in a situation in which it has something to advise, if there is one: churn has one version, live or let through
 * by nobody, seeded one that is not live, backlink-outcome none.
 *
 * @param file where a file of this name is
 */
export const walks = (file: (name: string) => string): readonly Walk[] => [
  walk('status --model seeded --wait --timeout 1'),
  walk('status --model nothing', { silent: 'names those there are' }),
  walk('list --model backlink-outcome'),
  walk('info --model churn --version v9.9.9'),
  walk('report --model churn --version v9.9.9'),
  walk('compare v1.0.0 v9.9.9 --model churn'),
  walk('runs --model backlink-outcome'),
  walk('runs --model nothing', { silent: 'names those there are' }),
  walk('runs --model churn --log zzzz'),
  walk('runs cancel zzzz --model churn --reason x'),
  walk('history --model churn', { silent: 'what was, and nothing to be done' }),
  walk('audit --model churn --limit 1'),
  walk('audit --model nothing', { silent: 'names those there are' }),
  walk('retrain --model churn --no-auto-deploy'),
  walk(`register ${file('wrong.yaml')} --definition churn`, { silent: 'says which files are models' }),
  walk('approve --model churn --version v9.9.9 --reason x'),
  walk('deploy --model churn --version v9.9.9 --reason x'),
  walk('rollback --model churn --reason x'),
  walk('canary status --model churn', { silent: 'no canary is running' }),
  walk('canary advance --model churn --reason x'),
  walk('canary abort --model churn --reason x'),
  walk('shadow status --model churn', { silent: 'no trial is running' }),
  walk('shadow start --model churn --version v9.9.9 --reason x'),
  walk('shadow stop --model churn --reason x', { silent: 'no trial is running' }),
  walk('drill --model churn'),
  walk('tag --model churn --version v9.9.9 owner=ada'),
  walk('alias list --model churn'),
  walk('alias set champion --model churn --version v9.9.9'),
  walk('alias remove champion --model churn'),
  walk('describe --model churn --version v9.9.9 x'),
  walk('backup list --model churn', { silent: 'a list; what is damaged is told by verify' }),
  walk('backup verify zzzz --model churn'),
  walk('backup restore zzzz --model churn --reason x'),
  walk('reconcile list --model churn', { silent: 'nothing waits for a decision' }),
  walk('reconcile keep zzzz --model churn --reason x'),
  walk('reconcile restore zzzz --model churn --reason x'),
  walk(`import ${file('misspelt.csv')} --model churn`),
  walk('collect --model churn', { silent: 'says which logs are not there, and which option names others' }),
  walk('dataset summary --model churn', { silent: 'what there is, and nothing to be done' }),
  walk(`dataset export --model churn --output ${file('export.csv')}`, { silent: 'it writes a file' }),
  walk('dataset incidents', { silent: 'nothing was lost' }),
  walk('dlq list', { silent: 'nothing was refused' }),
  walk('dlq search nowhere'),
  walk('dlq show zzzz'),
  walk('dlq replay zzzz'),
  walk('dlq drop zzzz'),
  walk('doctor --model seeded'),
  walk('doctor --model nothing'),
  walk('alerts channels', { silent: 'there are none; which variables make one is on a page' }),
  walk('alerts test', { silent: 'there are none' }),
  walk('models list', { silent: 'there are some' }),
  walk('models describe nothing'),
  walk(`models add ${file('churn.yaml')}`, { about: 'churn' }),
  walk(`models check ${file('wrong.yaml')}`, { silent: 'says what is wrong, line by line' }),
  walk('models example churn', { about: 'churn' }),
  walk('token list', { silent: 'a list' }),
  walk('token revoke --name nobody'),
];

/** Commands that print no advice, and are not walked. */
export const SILENT: Readonly<Record<string, string>> = {
  watch: 'goes on until it is interrupted, and prints events',
  plan: 'asks nobody: its figures and remedies are texts of libs/domain/capacity, which a unit test goes through',
  'token create': 'prints a token and where to keep it',
  'token export': 'prints a file',
  completion: 'prints a script',
};

/** Those that read and come to an end: whoever copies one changes nothing. */
const READ: readonly string[] = [
  ...['status', 'list', 'info', 'compare', 'runs', 'history', 'audit', 'doctor'],
  ...['canary status', 'shadow status', 'alias list', 'backup list', 'backup verify', 'reconcile list'],
  ...['dataset summary', 'dataset incidents', 'dlq list', 'dlq search', 'token list', 'alerts channels'],
  ...['models list', 'models describe', 'models check', 'models example'],
];

const FAIL_OF_WHAT_THEY_FIND: readonly string[] = ['doctor', 'models check', 'backup verify'];

/** Whoever copies it has to put something in its place first. */
const isPlaceholder = (word: string): boolean => /^[A-Z]+$/.test(word) || word === 'as advised';

/** Every model that a document names. */
function modelsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(modelsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    if (key === 'model' && typeof each === 'string') return [each];
    // A finding of doctor, which looks at the definitions of all models as well.
    if (key === 'check' && typeof each === 'string' && each !== 'model definitions' && each.startsWith('model '))
      return [each.slice('model '.length)];
    return modelsIn(each);
  });
}

/**
 * Takes every command that a text advises at its word: the command line has to understand it, and as one about this model. What
 * changes nothing is executed, and answers of this model alone; what changes something has a scene of `advice.test.ts`, which
 * executes it.
 *
 * @param about the model that the text is about; null where it is about none, or about one that is not there
 * @returns the commands as they were advised
 */
export async function walkAdvice(
  text: string,
  about: string | null,
  cli: (...typed: string[]) => Promise<CommandResult>,
): Promise<string[]> {
  const commands = advised(text);
  for (const typed of commands) {
    const said = `${typed.join(' ')}, of: ${text}`;
    const meaning = await understand(typed);
    if (about !== null) expect(actsOn(meaning, about), said).toBe(true);
    // advice.test.ts executes what is printed, also what changes something.
    const { command, shape } = meaning;
    expect(sceneOf(command, shape) !== null || NOT_EXECUTED[command] !== undefined, said).toBe(true);
    if (!READ.includes(meaning.command) || typed.some(isPlaceholder)) continue;
    const { code, stdout, stderr } = await cli(...typed.filter((word) => word !== '--wait'), '--json');
    // Some end as what they have looked at is.
    if (!FAIL_OF_WHAT_THEY_FIND.includes(meaning.command)) expect(code, `${said}: ${stdout}${stderr}`).toBe(0);
    if (about === null || !meaning.takesModel) continue;
    expect(new Set([about, ...modelsIn(JSON.parse(stdout))]), said).toEqual(new Set([about]));
  }
  return commands.map((typed) => typed.join(' '));
}
