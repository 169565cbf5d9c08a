import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { VersionLabels } from '#contracts/http/labels';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, versionOption } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { printable } from '../../output/printable.js';
import type { Colors } from '../../output/screen.js';
import { facts } from '../../output/table.js';

/** What was typed as `key=value`; a {@link Failure} for what is none. */
function tagsOf(words: readonly string[], removed: readonly string[], again: string): Record<string, string | null> {
  const set = words.map((word): [string, string] => {
    const at = word.indexOf('=');
    if (at <= 0 || at === word.length - 1)
      throw new Failure(`${word}: expected a tag like owner=ada.`, `See: ratchet tag --help`, { exitCode: EXIT.usage });
    return [word.slice(0, at), word.slice(at + 1)];
  });
  const tags = Object.fromEntries([...set, ...removed.map((key) => [key, null] as const)]);
  if (Object.keys(tags).length > 0) return tags;
  throw new Failure('Nothing is to be set or taken away.', `Set one: ${again}`, { exitCode: EXIT.usage });
}

function labelLines({ model, version, tags, changed }: VersionLabels, colors: Colors): string[] {
  const pairs = Object.entries(tags);
  return [
    `${colors.bold(`${model} ${version}`)} ${changed ? 'is tagged' : 'was tagged so already'}${pairs.length === 0 ? ' with nothing.' : ':'}`,
    ...facts(
      pairs.map(([key, value]) => [key, printable(value)]),
      colors,
    ),
  ];
}

export const tag = defineCommand({
  usage: 'tag [key=value...]',
  summary: 'Set tags of a version, or take some away; "info" and "list" show them',
  options: [
    modelOption(),
    versionOption(),
    new Option('--remove <key...>', 'take these tags away').default([], 'none'),
    reasonOption(),
  ],
  schema: z.object({
    ...modelShape,
    version: VersionOrAlias,
    remove: z.array(z.string()),
    reason: Reason.optional(),
  }),
  examples: [
    'ratchet tag --version v1.1.0 owner=ada ticket=CHURN-17',
    'ratchet tag --version champion --remove ticket --reason "closed"',
  ],
  async run({ screen, registry }, { model, version, remove, reason }, words) {
    const tags = tagsOf(words, remove, ratchet('tag', model, `--version ${version} owner=NAME`));
    const labels = await registry.call('tagVersion', { params: { model, version }, body: { tags, reason } });
    screen.result(labels, (colors) => labelLines(labels, colors));
  },
});
