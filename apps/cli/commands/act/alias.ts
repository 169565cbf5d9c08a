import { Option } from 'commander';
import { z } from 'zod';
import { REASON, ratchet } from '#contracts/command-line';
import type { AliasRecord, AliasSet } from '#contracts/http/labels';
import { Alias, Reason, VersionOrAlias } from '#contracts/primitives';
import { type CommandFactory, defineCommand, modelOption, modelShape, reasonOption } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { printable } from '../../output/printable.js';
import { when, zoned } from '../../output/quantities.js';
import { table } from '../../output/table.js';

/** The name as it may be; a {@link Failure} with what is wrong with it. */
function aliasOf(word: string, model: string): string {
  const alias = Alias.safeParse(word);
  if (alias.success) return alias.data;
  throw new Failure(
    `${word}: ${alias.error.issues[0]?.message ?? 'not understood'}.`,
    `See those there are: ${ratchet('alias list', model)}`,
    { exitCode: EXIT.usage },
  );
}

const list = defineCommand({
  usage: 'list',
  summary: 'The aliases of a model, each with the version it points at',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet alias list', "ratchet alias list --json | jq -r '.[].alias'"],
  async run({ screen, registry }, { model }) {
    const found = await registry.call('listAliases', { params: { model } });
    screen.result(found, (colors) =>
      found.length === 0
        ? [`${model} has no aliases. Point one at a version: ${ratchet('alias set champion', model, '--version V')}`]
        : table(
            found,
            [
              { title: 'ALIAS', cell: (a: AliasRecord) => a.alias },
              { title: 'VERSION', cell: (a) => a.version },
              { title: zoned('SINCE'), cell: (a) => when(a.set_at) },
              { title: 'BY', cell: (a) => printable(a.set_by) },
            ],
            colors,
            screen.width,
          ),
    );
  },
});

function setSentence({ alias, version, previous }: AliasSet): string {
  if (previous === version) return `${alias} pointed at ${version} already; nothing has changed.`;
  return `${alias} points at ${version}${previous === null ? '' : `, no longer at ${previous}`}. What is live has not changed.`;
}

const set = defineCommand({
  usage: 'set <name>',
  summary: 'Point an alias at a version, and no longer at another',
  description:
    'A name like "champion" or "candidate" stands for its version wherever a version is asked for. It changes nothing about what is served. Names that Ratchet gives versions itself, like "live", are not taken.',
  options: [
    modelOption(),
    new Option('--version <version>', 'the version, like v1.1.0, or another alias of it').makeOptionMandatory(),
    reasonOption(),
  ],
  schema: z.object({ ...modelShape, version: VersionOrAlias, reason: Reason.optional() }),
  examples: [
    'ratchet alias set champion --version v1.1.0 --reason "chosen by the team"',
    'ratchet alias set champion --version candidate',
  ],
  async run({ screen, registry }, { model, version, reason }, [name = '']) {
    const body = { alias: aliasOf(name, model), version, reason };
    const answer = await registry.call('setAlias', { params: { model }, body });
    screen.result(answer, () => [
      setSentence(answer),
      `Deploy it: ${ratchet('deploy', model, `--version ${answer.alias} ${REASON}`)}`,
    ]);
  },
});

const remove = defineCommand({
  usage: 'remove <name>',
  summary: 'Take an alias away; its version stays',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet alias remove candidate'],
  async run({ screen, registry }, { model }, [name = '']) {
    const alias = aliasOf(name, model);
    const was = await registry.call('removeAlias', { params: { model, alias } });
    screen.result(was, () => [`${alias} is gone; it pointed at ${was.version}, which stays.`]);
  },
});

export const alias: CommandFactory = (parent, open) => {
  const group = parent
    .command('alias')
    .helpCommand(false)
    .summary('Names that point at a version, like "champion"')
    .description('Names that people give versions, to be used wherever a version is asked for.');
  for (const add of [list, set, remove]) add(group, open);
};
