import { z } from 'zod';
import type { Deployment } from '#contracts/http/deployments';
import { defineCommand, fullOption, fullShape, limitOption, limitShape, modelOption, modelShape } from '../../cli.js';
import { toned } from '../../output/gate.js';
import { printable } from '../../output/printable.js';
import { orDash, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';
import { acknowledged } from '../act/follow-deployment.js';

function lines(deployments: readonly Deployment[], full: boolean, colors: Colors, width: number): string[] {
  if (deployments.length === 0) return ['Nothing has been deployed yet.'];
  return table(
    deployments,
    [
      { title: zoned('STARTED'), cell: (d) => when(d.started_at) },
      { title: 'GENERATION', cell: (d) => String(d.generation), align: 'right', dispensable: true },
      { title: 'KIND', cell: (d) => (d.forced ? `${d.kind}, forced` : d.kind) },
      { title: 'FROM', cell: (d) => orDash(d.from_version) },
      { title: 'TO', cell: (d) => d.to_version },
      { title: 'STATE', cell: (d) => toned(d.state, colors) },
      {
        title: 'INSTANCES',
        cell: (d) => `${acknowledged(d)}/${d.instances.length}`,
        align: 'right',
        dispensable: true,
      },
      { title: 'TRIGGER', cell: (d) => d.trigger, dispensable: true },
      { title: 'ACTOR', cell: (d) => printable(d.actor), dispensable: true },
      {
        title: 'REASON',
        cell: (d) => (d.failure ? `${d.failure} (${d.reason})` : d.reason),
        text: full ? 'wrap' : 'cut',
      },
    ],
    colors,
    width,
  );
}

export const history = defineCommand({
  usage: 'history',
  summary: 'Deployments, rollbacks and drills, newest first',
  options: [modelOption(), limitOption('deployments'), fullOption()],
  schema: z.object({ ...modelShape, ...limitShape, ...fullShape }),
  examples: ['ratchet history', 'ratchet history --full', 'ratchet history --limit 100 --json'],
  async run({ screen, registry }, { model, limit, full }) {
    const deployments = await registry.call('listDeployments', { params: { model }, query: { limit: limit } });
    screen.result(deployments, (colors) => lines(deployments, full, colors, screen.width));
  },
});
