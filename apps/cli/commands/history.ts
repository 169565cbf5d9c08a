import { z } from 'zod';
import type { Deployment } from '#contracts/http/registry';
import { defineCommand, limitOption, limitShape, modelOption, modelShape } from '../cli.js';
import { toned } from '../output/gate.js';
import { orDash, when } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { table } from '../output/table.js';

function lines(deployments: readonly Deployment[], colors: Colors, width: number): string[] {
  if (deployments.length === 0) return ['Nothing has been deployed yet.'];
  return table(
    deployments,
    [
      { title: 'STARTED (UTC)', cell: (d) => when(d.started_at) },
      { title: 'GENERATION', cell: (d) => String(d.generation), align: 'right' },
      { title: 'KIND', cell: (d) => d.kind },
      { title: 'FROM', cell: (d) => orDash(d.from_version) },
      { title: 'TO', cell: (d) => d.to_version },
      { title: 'STATE', cell: (d) => toned(d.state, colors) },
      {
        title: 'SWAPPED',
        cell: (d) => `${d.instances.filter((i) => i.state === 'activated').length}/${d.instances.length}`,
        align: 'right',
      },
      { title: 'TRIGGER', cell: (d) => (d.forced ? `${d.trigger} (forced)` : d.trigger) },
      { title: 'ACTOR', cell: (d) => d.actor },
      { title: 'REASON', cell: (d) => (d.failure ? `${d.reason}; ${d.failure}` : d.reason), flexible: true },
    ],
    colors,
    width,
  );
}

export const history = defineCommand({
  usage: 'history',
  summary: 'Deployments and rollbacks, newest first',
  options: [modelOption(), limitOption('deployments')],
  schema: z.object({ ...modelShape, ...limitShape }),
  examples: ['ratchet history', 'ratchet history --limit 100 --json'],
  async run({ screen, registry }, { model, limit }) {
    const deployments = await registry.deployments(model, limit);
    screen.result(deployments, (colors) => lines(deployments, colors, screen.width));
  },
});
