import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, timeoutOption, timeoutShape } from '../../cli.js';
import { withAdvice } from './command-advice.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';

export const deploy = defineCommand({
  usage: 'deploy',
  summary: 'Make a version live, and wait until every instance has swapped',
  options: [
    modelOption(),
    new Option('--version <version>', 'the version to make live, or an alias of it').makeOptionMandatory(),
    reasonOption().makeOptionMandatory(),
    new Option('--force', "deploy against the gate's verdict; the audit log says so").default(false),
    timeoutOption(120),
  ],
  schema: z.object({ ...modelShape, ...timeoutShape, version: VersionOrAlias, reason: Reason, force: z.boolean() }),
  examples: [
    'ratchet deploy --version v1.1.0 --reason "checked by hand"',
    'ratchet deploy --version v1.2.0 --force --reason "old champion was trained on broken data"',
  ],
  async run(session, { model, version, reason, force, timeout }) {
    const accepted = await session.registry
      .call('deployVersion', { params: { model }, body: { command_id: randomUUID(), version, reason, force } })
      .catch((error: unknown) => {
        throw withAdvice(error, model, version);
      });
    const deployment = await followDeployment(session, model, accepted, timeout);
    session.screen.result(deployment, (colors) => deploymentLines(deployment, colors, session.screen.width));
  },
});
