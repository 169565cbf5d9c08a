import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { type CommandFactory, defineCommand } from '../cli.js';
import { projectFolder } from '../client/settings.js';
import { EXIT, Failure } from '../failure.js';
import { plural } from '../output/quantities.js';

const isDefinition = (name: string): boolean => /\.ya?ml$/.test(name);

/** The definition files that the arguments name; folders are not searched deeper. */
function definitionFiles(paths: readonly string[], cwd: string): string[] {
  return paths.flatMap((path) => {
    const full = resolve(cwd, path);
    const stats = statSync(full, { throwIfNoEntry: false });
    if (!stats)
      throw new Failure(`${path}: there is no such file or folder.`, `Looked in ${cwd}.`, { exitCode: EXIT.usage });
    if (!stats.isDirectory()) return [full];
    return readdirSync(full)
      .filter(isDefinition)
      .sort()
      .map((name) => join(full, name));
  });
}

const validate = defineCommand({
  usage: 'validate [path...]',
  summary: 'Check model definitions without starting anything',
  description:
    'Checks files, or every .yaml in a folder (default MODELS_DIR, else deploy/models), and points at each line that is wrong. Exits 1 if any is.',
  options: [],
  schema: z.object({}),
  examples: ['ratchet models validate', 'ratchet models validate deploy/models/my-model.yaml --json'],
  async run({ screen, cwd, env, endWith }, _options, args) {
    const { parseModelDefinition, DefinitionError } = await import('#platform/model-definitions');
    const paths = args.length > 0 ? args : [env.MODELS_DIR ?? join(projectFolder(), 'deploy/models')];
    const results = definitionFiles(paths, cwd).map((path) => {
      const file = relative(cwd, path) || path;
      try {
        const definition = parseModelDefinition(readFileSync(path, 'utf8'), file);
        const expected = basename(path).replace(/\.ya?ml$/, '');
        const misnamed = {
          line: 1,
          field: 'name',
          detail: `is "${definition.name}", expected "${expected}" like the file`,
        };
        return { file, model: definition.name, problems: definition.name === expected ? [] : [misnamed] };
      } catch (error) {
        if (error instanceof DefinitionError) return { file, model: null, problems: error.problems };
        throw error;
      }
    });
    const wrong = results.filter((result) => result.problems.length > 0).length;
    if (wrong > 0) endWith(EXIT.failed);
    screen.result(results, (colors) => [
      ...results.flatMap(({ file, model, problems }) =>
        problems.length === 0
          ? [`${colors.green('✔')} ${file}  ${model ?? ''}`]
          : problems.map(
              (p) => `${colors.red('✘')} ${file}:${p.line}  ${[p.field, p.detail].filter(Boolean).join(': ')}`,
            ),
      ),
      wrong === 0
        ? `${plural(results.length, 'definition')}, all good`
        : `${wrong} of ${plural(results.length, 'definition')} wrong`,
    ]);
  },
});

export const models: CommandFactory = (parent, open) => {
  const group = parent
    .command('models')
    .helpCommand(false)
    .summary('Check model definitions')
    .description('Model definitions.');
  validate(group, open);
};
