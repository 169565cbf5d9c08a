import type { CommandAccepted, Deployment } from '#contracts/http/registry';
import type { Session } from '../cli.js';
import { poll } from '../client/poll.js';
import { EXIT } from '../failure.js';
import { toned } from '../output/gate.js';
import { duration, orDash } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';

const acknowledged = (deployment: Deployment): number =>
  deployment.instances.filter((i) => i.state === 'activated').length;

/** Finished, or so far that it now takes its own time: a canary runs for its steps, not for this command. */
const settled = (deployment: Deployment): boolean => !['staging', 'activating'].includes(deployment.state);

export function deploymentLines(deployment: Deployment, colors: Colors, width: number): string[] {
  const { kind, from_version: from, to_version: to, generation } = deployment;
  const verb = kind === 'rollback' ? 'Rolled back' : 'Deployed';
  const sentence = {
    done: `${verb} ${orDash(from)} → ${colors.bold(to)}, generation ${generation}: ${acknowledged(deployment)} of ${deployment.instances.length} instances swapped.`,
    canary: `${to} is a canary now; it goes on by its own steps. Follow it: ratchet status`,
    failed: `${colors.red('Failed')}: ${orDash(deployment.failure)}`,
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
      { title: 'DETAIL', cell: (i) => orDash(i.detail), flexible: true },
    ],
    colors,
    width,
  );
  return [sentence, ...(deployment.instances.length > 0 ? ['', ...instances] : [])];
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
    () => registry.deployment(model, accepted.deployment_id),
    settled,
    {
      intervalMs: 100,
      timeoutMs: timeoutSeconds * 1000,
      what: 'The deployment',
      next: 'Follow it: ratchet status',
    },
    show,
  );
  if (deployment.state === 'failed' || deployment.state === 'superseded') session.endWith(EXIT.failed);
  return deployment;
}
