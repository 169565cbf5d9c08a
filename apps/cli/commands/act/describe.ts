import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, versionOption } from '../../cli.js';

export const describe = defineCommand({
  usage: 'describe <text>',
  summary: 'Say in words what a version is; an empty text takes them away',
  options: [modelOption(), versionOption(), reasonOption()],
  schema: z.object({ ...modelShape, version: VersionOrAlias, reason: Reason.optional() }),
  examples: ['ratchet describe --version v1.1.0 "the first one that knows forums"'],
  async run({ screen, registry }, { model, version: name, reason }, [description = '']) {
    const labels = await registry.call('describeVersion', {
      params: { model, version: name },
      body: { description, reason },
    });
    const { version, changed } = labels;
    const now = labels.description === null ? 'has no description' : 'is described';
    screen.result(labels, (colors) => [
      `${colors.bold(`${model} ${version}`)} ${now}${changed ? '' : ', as before'}: ${ratchet('info', model, `--version ${version}`)}`,
    ]);
  },
});
