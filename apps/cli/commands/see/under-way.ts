import { REASON, ratchet } from '#contracts/command-line';
import type { ModelStatus } from '#contracts/http/models';
import { type InProgress, inProgress } from '#contracts/in-progress';
import type { Session } from '../../cli.js';
import { orDash } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

/** What is under way in a model; a canary is asked what it waits for. */
export async function underWay(registry: Session['registry'], status: ModelStatus): Promise<InProgress[]> {
  const { model } = status;
  const asked = status.canary && (await registry.call('getCanary', { params: { model } }));
  return inProgress(status, asked?.canary ?? null);
}

const ABOUT: Record<InProgress['kind'], (progress: InProgress) => string> = {
  'roll-out': ({ model }) => ratchet('status', model),
  rollback: ({ model }) => ratchet('status', model),
  rehearsal: ({ model }) => ratchet('status', model),
  canary: ({ model }) => ratchet('canary status', model),
  trial: ({ model }) => ratchet('canary status', model),
  consent: ({ model, to }) => ratchet('approve', model, `--version ${to} ${REASON}`),
};

/** A line for everything that is under way in any model. */
export function inProgressLines(running: readonly InProgress[], colors: Colors, width: number): string[] {
  if (running.length === 0) return [];
  return [
    '',
    ...table(
      running,
      [
        { title: 'IN PROGRESS', cell: ({ model }) => model },
        { title: '', cell: ({ kind }) => kind },
        { title: 'CHANGE', cell: ({ from, to }) => `${orDash(from)} → ${to}` },
        { title: 'STATE', cell: ({ state }) => state },
        { title: 'NEXT', cell: (each) => `${each.next} ${ABOUT[each.kind](each)}`, text: 'wrap' },
      ],
      colors,
      width,
    ),
  ];
}
