import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { Deployment } from '#contracts/http/deployments';
import { Reason } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, reasonOption, timeoutOption, timeoutShape } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import type { Colors } from '../../output/screen.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';

/** A rehearsal without anybody on the stage proves nothing. */
const prepared = (drill: Deployment): boolean => drill.state === 'done' && drill.instances.length > 0;

function lines(drill: Deployment, colors: Colors, width: number): string[] {
  if (drill.state === 'done' && drill.instances.length === 0)
    return [
      `No instance is there, so it is not known whether ${drill.to_version} could be served. See: ${ratchet('status', drill.model)}`,
    ];
  return deploymentLines(drill, colors, width);
}

export const drill = defineCommand({
  usage: 'drill',
  summary: 'Rehearse a rollback: could every instance go back at once?',
  description:
    'Asks every instance to load and verify the version that a rollback would go to, and prints how long each took. What is served does not change. Exits 1 if an instance could not; that raises the alert drill-failed until a drill succeeds.',
  options: [modelOption(), reasonOption().default('rollback drill'), timeoutOption(60)],
  schema: z.object({ ...modelShape, ...timeoutShape, reason: Reason }),
  examples: ['ratchet drill', 'ratchet drill --reason "before the release" --json'],
  async run(session, { model, reason, timeout }) {
    const { registry, screen } = session;
    const accepted = await registry
      .call('drillRollback', { params: { model }, body: { reason } })
      .catch((error: unknown) => {
        throw error instanceof Failure && error.details.status === 409
          ? new Failure(
              error.message,
              `See what is live and what is under way: ${ratchet('status', model)}`,
              error.details,
            )
          : error;
      });
    const rehearsal = await followDeployment(session, model, accepted, timeout);
    if (!prepared(rehearsal)) session.endWith(EXIT.failed);
    screen.result(rehearsal, (colors) => lines(rehearsal, colors, screen.width));
  },
});
