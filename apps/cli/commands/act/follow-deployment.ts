import { REASON, ratchet } from '#contracts/command-line';
import type { CommandAccepted, Deployment } from '#contracts/http/deployments';
import type { Session } from '../../cli.js';
import { poll } from '../../client/poll.js';
import { EXIT } from '../../failure.js';
import { toned } from '../../output/gate.js';
import { duration, orDash, plural } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

/** Instances that have done what was asked: to serve the version, or in a drill to have it ready. */
export function acknowledged({ kind, instances }: Deployment): number {
  const wanted = kind === 'drill' ? ['loaded', 'activated'] : ['activated'];
  return instances.filter((i) => wanted.includes(i.state)).length;
}

/** Finished, or so far that it now takes its own time: a canary runs for its steps, not for this command. */
const settled = (deployment: Deployment): boolean => !['staging', 'activating'].includes(deployment.state);

function doneSentence(deployment: Deployment, colors: Colors): string {
  const { kind, from_version: from, to_version: to, generation, instances } = deployment;
  const share = `${acknowledged(deployment)} of ${plural(instances.length, 'instance')}`;
  if (kind === 'drill')
    return `${colors.green('Prepared')}: a rollback would go ${orDash(from)} → ${colors.bold(to)}, which ${share} loaded and verified. Nothing that is served has changed.`;
  const verb = kind === 'rollback' ? 'Rolled back' : 'Deployed';
  const waiting = instances.filter(({ state }) => state === 'waiting').map(({ instance }) => instance);
  const swapped =
    instances.length === 0
      ? 'no instance is there yet; the first that comes up serves it'
      : `${share} swapped${waiting.length === 0 ? '' : `; ${waiting.join(', ')} will when ${waiting.length === 1 ? 'it hears' : 'they hear'} again`}`;
  return `${verb} ${orDash(from)} → ${colors.bold(to)}, generation ${generation}: ${swapped}.`;
}

export function deploymentLines(deployment: Deployment, colors: Colors, width: number): string[] {
  const { from_version: from, to_version: to } = deployment;
  const sentence = {
    done: doneSentence(deployment, colors),
    canary: `${to} is a canary now; it goes on by its own steps. Follow it: ${ratchet('status', deployment.model)}`,
    failed: `${colors.red(deployment.kind === 'drill' ? 'Not prepared' : 'Failed')}: ${orDash(deployment.failure)}`,
    superseded: colors.yellow(`A later command replaced this one (${orDash(from)} → ${to}).`),
    staging: `Loading ${to}.`,
    activating: `Activating ${to}.`,
  }[deployment.state];
  const instances = table(
    deployment.instances,
    [
      { title: 'INSTANCE', cell: (i) => i.instance },
      { title: 'STATE', cell: (i) => toned(i.state, colors) },
      { title: 'AFTER', cell: (i) => duration(i.milliseconds), align: 'right' },
      { title: 'DETAIL', cell: (i) => orDash(i.detail), text: 'wrap' },
    ],
    colors,
    width,
  );
  const back =
    deployment.kind === 'deploy' && deployment.state === 'done' && from !== null
      ? [`To go back: ${ratchet('rollback', deployment.model, REASON)}`]
      : [];
  return [sentence, ...back, ...(deployment.instances.length > 0 ? ['', ...instances] : [])];
}

/** Waits for the acknowledgements of a command and prints them; the exit code says whether it worked. */
export async function followDeployment(
  session: Session,
  model: string,
  accepted: Pick<CommandAccepted, 'deployment_id'>,
  timeoutSeconds: number,
): Promise<Deployment> {
  const { registry, screen } = session;
  let last = '';
  const show = (deployment: Deployment): void => {
    const line = `${deployment.to_version}: ${deployment.state}, ${acknowledged(deployment)} of ${deployment.instances.length} instances`;
    if (line !== last && !settled(deployment)) screen.note(line);
    last = line;
  };
  const deployment = await poll(
    () => registry.call('getDeployment', { params: { model, deployment_id: accepted.deployment_id } }),
    settled,
    {
      intervalMs: 100,
      timeoutMs: timeoutSeconds * 1000,
      what: 'The deployment',
      next: `Follow it: ${ratchet('status', model)}`,
    },
    show,
  );
  if (deployment.state === 'failed' || deployment.state === 'superseded') session.endWith(EXIT.failed);
  return deployment;
}
