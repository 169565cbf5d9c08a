import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { DefinitionDetail } from '#contracts/http/definitions';
import { Reason } from '#contracts/primitives';
import { type CommandFactory, defineCommand, reasonOption } from '../../cli.js';
import { projectFolder } from '../../client/settings.js';
import { EXIT, Failure } from '../../failure.js';
import { printable } from '../../output/printable.js';
import { count, plural, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { shellWord } from '../../output/shell-word.js';
import { facts, table } from '../../output/table.js';
import { example } from './example.js';

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

const check = defineCommand({
  usage: 'check [path...]',
  aliases: ['validate'],
  summary: 'Check model definitions without starting anything',
  description:
    'Checks files, or every .yaml in a folder (default MODELS_DIR, else deploy/models), and points at each line that is wrong. Exits 1 if any is.',
  options: [],
  schema: z.object({}),
  examples: ['ratchet models check', 'ratchet models check deploy/models/my-model.yaml --json'],
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

const list = defineCommand({
  usage: 'list',
  summary: 'Every model as it is defined now',
  options: [],
  schema: z.object({}),
  examples: ['ratchet models list', "ratchet models list --json | jq '.[].model'"],
  async run({ screen, registry }) {
    const found = await registry.call('listDefinitions');
    screen.result(found, (colors) =>
      found.length === 0
        ? [`There is no model yet. Add one: ${ratchet('models add FILE', null)}`]
        : table(
            found,
            [
              { title: 'MODEL', cell: ({ model }) => model },
              { title: 'KIND', cell: ({ definition }) => definition.kind },
              { title: 'FEATURES', cell: ({ definition }) => count(definition.features.length), align: 'right' },
              { title: 'REVISION', cell: ({ revision }) => String(revision), align: 'right' },
              { title: zoned('DEFINED'), cell: ({ defined_at: at }) => when(at) },
              { title: 'BY', cell: ({ actor }) => printable(actor) },
              { title: 'WHY', cell: ({ reason }) => printable(reason), text: 'cut' },
            ],
            colors,
            screen.width,
          ),
    );
  },
});

function describeLines({ definition, history, text: _, ...holds }: DefinitionDetail, colors: Colors, width: number) {
  const answers =
    definition.kind === 'action-outcome'
      ? ['actions', definition.actions.join(', ')]
      : ['label', `${definition.label}: ${definition.classes.join(', ')}`];
  return [
    `${colors.bold(holds.model)}, revision ${holds.revision}${definition.description === '' ? '' : `: ${printable(definition.description)}`}`,
    '',
    ...facts(
      [
        ['kind', definition.kind],
        [answers[0] ?? '', printable(answers[1] ?? '')],
        ['trained by', `${definition.backend}, from ${count(definition.minimum_rows)} rows on`],
        ['schedule', definition.schedule === '' ? 'none' : `${definition.schedule} (UTC)`],
        ['unknown features', definition.strict ? 'are refused' : 'are warned about'],
      ],
      colors,
    ),
    '',
    ...table(
      definition.features,
      [
        { title: 'FEATURE', cell: ({ name }) => printable(name) },
        { title: 'KIND', cell: ({ kind }) => kind },
      ],
      colors,
      width,
    ),
    '',
    ...table(
      history,
      [
        { title: 'REVISION', cell: ({ revision }) => String(revision), align: 'right' },
        { title: zoned('DEFINED'), cell: ({ defined_at: at }) => when(at) },
        { title: 'BY', cell: ({ actor }) => printable(actor) },
        { title: 'WHY', cell: ({ reason }) => printable(reason), text: 'wrap' },
      ],
      colors,
      width,
    ),
  ];
}

const describe = defineCommand({
  usage: 'describe <model>',
  summary: 'What a model is, and who changed that when',
  description:
    'Shows features, answers and every revision. With --yaml, the definition file itself, to be changed and added again.',
  options: [new Option('--yaml', 'the definition as it was written, and nothing else').default(false)],
  schema: z.object({ yaml: z.boolean() }),
  examples: ['ratchet models describe backlink-outcome', 'ratchet models describe churn --yaml > churn.yaml'],
  async run({ screen, registry }, { yaml }, [model = '']) {
    const found = await registry.call('readDefinition', { params: { model } });
    if (yaml && !screen.json)
      return screen.bytes(Buffer.from(found.text.endsWith('\n') ? found.text : `${found.text}\n`));
    screen.result(found, (colors) => describeLines(found, colors, screen.width));
  },
});

const add = defineCommand({
  usage: 'add <file>',
  summary: 'Add a model to the running system, or change one',
  description:
    'Sends a definition file to the registry, which keeps it with a revision and in the audit log; every service goes by it at once and nothing is restarted. What is live stays live: the next training goes by the new definition.',
  options: [reasonOption()],
  schema: z.object({ reason: Reason.optional() }),
  examples: ['ratchet models add churn.yaml', 'ratchet models add churn.yaml --reason "months, not days"'],
  async run({ screen, registry, cwd }, { reason }, [path = '']) {
    const [file = ''] = definitionFiles([path], cwd);
    const text = readFileSync(file, 'utf8');
    const answer = await registry
      .call('defineModel', { body: { text, reason: reason ?? ratchet('models add', null, basename(file)) } })
      .catch((error: unknown) => {
        if (!(error instanceof Failure) || error.details.status !== 400) throw error;
        throw new Failure(
          error.message,
          `See every line that is wrong: ${ratchet('models check', null, shellWord(path))}`,
          error.details,
        );
      });
    const { model, revision, changed } = answer;
    screen.result(answer, (colors) => [
      changed
        ? `${colors.bold(model)} is defined, revision ${revision}; every service goes by it.`
        : `${colors.bold(model)} was defined so already, revision ${revision}; nothing has changed.`,
      `Bring in its data: ${ratchet('import FILE', model)}`,
      `Wait for its first version: ${ratchet('status', model, '--wait')}`,
    ]);
  },
});

export const models: CommandFactory = (parent, open) => {
  const group = parent
    .command('models')
    .helpCommand(false)
    .summary('List, describe, add and check models, and see how one is asked')
    .description('What models are: their definitions, in the running system and in files.');
  for (const command of [list, describe, add, check, example]) command(group, open);
};
