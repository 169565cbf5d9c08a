import { z } from 'zod';
import { REASON, ratchet } from '#contracts/command-line';
import type { Approved } from '#contracts/http/deployments';
import { morePeople } from '#contracts/people';
import { Reason, VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, versionOption } from '../../cli.js';

function approvedLines({ model, version, needed, given, deployment_id }: Approved): string[] {
  const people = given.map(({ actor }) => actor).join(', ');
  const missing = needed - given.length;
  const next = deployment_id
    ? `It is being deployed: ${ratchet('status', model)}`
    : missing > 0
      ? `It waits for ${morePeople(missing)}, each with a token of their own: ${ratchet('approve', model, `--version ${version} ${REASON}`)}`
      : `Nothing waits to deploy it; deploy it: ${ratchet('deploy', model, `--version ${version} ${REASON}`)}`;
  return [`${given.length} of ${needed} consent to ${version} of ${model}: ${people}.`, next];
}

export const approve = defineCommand({
  usage: 'approve',
  summary: 'Consent to a version going live, for a model that asks for it',
  description:
    'A model whose definition says "approvals: 1" or "approvals: 2" deploys nothing before so many people have consented, by tokens of different names: not what passed the gate, not on trial, and not by --force. Deploying by hand counts as the consent of who does it. Going back to what was live takes nobody.',
  options: [modelOption(), versionOption(), reasonOption().makeOptionMandatory()],
  schema: z.object({ ...modelShape, version: VersionOrAlias, reason: Reason }),
  examples: ['ratchet approve --version v1.1.0 --reason "looked at its report"'],
  async run({ screen, registry }, { model, version, reason }) {
    const approved = await registry.call('approveVersion', { params: { model, version }, body: { reason } });
    screen.result(approved, () => approvedLines(approved));
  },
});
