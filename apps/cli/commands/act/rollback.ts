import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, timeoutOption, timeoutShape } from '../../cli.js';
import { withAdvice } from './command-advice.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';

export const rollback = defineCommand({
  usage: 'rollback',
  summary: 'Go back to the previous version, or to the one named, and wait until every instance has swapped',
  options: [
    modelOption(),
    new Option('--version <version>', 'go back to this one, or to what this alias means, instead of the previous one'),
    reasonOption().makeOptionMandatory(),
    timeoutOption(60),
  ],
  schema: z.object({ ...modelShape, ...timeoutShape, version: VersionOrAlias.optional(), reason: Reason }),
  examples: [
    'ratchet rollback --reason "captchas everywhere since noon"',
    'ratchet rollback --version v1.0.0 --reason "the last one that knew forums"',
  ],
  async run(session, { model, version, reason, timeout }) {
    const accepted = await session.registry
      .call('rollBack', { params: { model }, body: { command_id: randomUUID(), reason, version } })
      .catch((error: unknown) => {
        throw withAdvice(error, model, version);
      });
    const deployment = await followDeployment(session, model, accepted, timeout);
    session.screen.result(deployment, (colors) => deploymentLines(deployment, colors, session.screen.width));
  },
});
