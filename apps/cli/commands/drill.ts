import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import type { Deployment, ModelStatus } from '#contracts/http/registry';
import { defineCommand, modelOption, modelShape, type Session, timeoutOption, timeoutShape } from '../cli.js';
import { EXIT, Failure } from '../failure.js';
import { toned } from '../output/gate.js';
import { duration } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';
import { followDeployment } from './follow-deployment.js';

export interface Rehearsal {
  readonly model: string;
  readonly live: string;
  /** Where a rollback would go. */
  readonly target: string;
  readonly instances: readonly { readonly instance: string; readonly ready: boolean; readonly warm: boolean }[];
  /** Every ready instance has the target in memory. */
  readonly prepared: boolean;
}

/** What a rollback would find now. Throws a {@link Failure} when there is nothing to go back to. */
export function rehearse(status: ModelStatus): Rehearsal {
  const live = status.live?.version;
  if (live === undefined)
    throw new Failure('No version is live, so there is nothing to rehearse.', 'Train one: ratchet retrain --wait');
  const target = status.rollback_to?.version;
  if (target === undefined)
    throw new Failure(
      `There is nothing to go back to from ${live}: no version was live before it that was not itself rolled back.`,
      'A better version makes a rollback possible: ratchet retrain --wait',
    );
  const instances = status.instances.map(({ instance, ready, warm }) => ({
    instance,
    ready,
    warm: warm.includes(target),
  }));
  const ready = instances.filter((i) => i.ready);
  return { model: status.model, live, target, instances, prepared: ready.length > 0 && ready.every((i) => i.warm) };
}

function lines(rehearsal: Rehearsal, real: readonly Deployment[], colors: Colors, width: number): string[] {
  const { live, target, prepared } = rehearsal;
  const back = (index: number, instance: string): string => {
    const found = real[index]?.instances.find((i) => i.instance === instance);
    return found ? `${toned(found.state, colors)} ${duration(found.milliseconds)}` : '';
  };
  return [
    real.length > 0
      ? `Rolled back ${live} → ${target} and forward again.`
      : prepared
        ? `${colors.green('prepared')}: a rollback would go ${live} → ${target}, which every ready instance has in memory.`
        : `${colors.red('not prepared')}: a rollback would go ${live} → ${target}, which not every ready instance has in memory.`,
    '',
    ...table(
      rehearsal.instances,
      [
        { title: 'INSTANCE', cell: (i) => i.instance },
        { title: 'STATE', cell: (i) => toned(i.ready ? 'ready' : 'unreachable', colors) },
        { title: `${target} WARM`, cell: (i) => (i.warm ? colors.green('yes') : colors.red('no')) },
        ...(real.length > 0
          ? [
              { title: 'BACK', cell: (i: Rehearsal['instances'][number]) => back(0, i.instance) },
              { title: 'FORWARD', cell: (i: Rehearsal['instances'][number]) => back(1, i.instance) },
            ]
          : []),
      ],
      colors,
      width,
    ),
  ];
}

/** Really goes back and forward again. */
async function goThereAndBack(session: Session, rehearsal: Rehearsal, timeout: number): Promise<Deployment[]> {
  const { registry } = session;
  const { model, live, target } = rehearsal;
  const reason = 'rollback drill';
  const back = await registry.rollback(model, { command_id: randomUUID(), version: target, reason });
  const done = [await followDeployment(session, model, back, timeout)];
  if (done[0]?.state !== 'done') return done;
  const forward = await registry.deploy(model, { command_id: randomUUID(), version: live, reason, force: true });
  return [...done, await followDeployment(session, model, forward, timeout)];
}

export const drill = defineCommand({
  usage: 'drill',
  summary: 'Rehearse a rollback: is the previous version warm on every instance?',
  description:
    'Says where a rollback would go now and whether every ready instance has that version in memory. Changes nothing, unless --for-real is given: then it rolls back and deploys the live version again, and prints how long each instance took. Exits 1 if a rollback is not prepared.',
  options: [modelOption(), new Option('--for-real', 'roll back, and forward again').default(false), timeoutOption(60)],
  schema: z.object({ ...modelShape, ...timeoutShape, forReal: z.boolean() }),
  examples: ['ratchet drill', 'ratchet drill --for-real'],
  async run(session, { model, forReal, timeout }) {
    const { registry, screen } = session;
    const rehearsal = rehearse(await registry.status(model));
    if (!rehearsal.prepared) session.endWith(EXIT.failed);
    const real = forReal && rehearsal.prepared ? await goThereAndBack(session, rehearsal, timeout) : [];
    screen.result({ ...rehearsal, deployments: real }, (colors) => lines(rehearsal, real, colors, screen.width));
  },
});
