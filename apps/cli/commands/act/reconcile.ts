import { z } from 'zod';
import { REASON, ratchet } from '#contracts/command-line';
import type { ReconcileBody, Reconciliation } from '#contracts/http/reconciliation';
import { Reason } from '#contracts/primitives';
import {
  type CommandFactory,
  defineCommand,
  limitOption,
  limitShape,
  modelOption,
  modelShape,
  reasonOption,
  type Session,
} from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { orDash, short, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';
import { isWholeId, pickId } from '../pick-id.js';

/** The most the list answers with. */
const ALL = 1000;

const decided = ({ decision }: Reconciliation, colors: Colors): string =>
  decision === null ? colors.red('yours to decide') : `${decision.decision} (${decision.actor})`;

/** What was known is live again where it was restored: both decisions would leave it so, and one closes the finding. */
function choices({ outcome, known, model, reconciliation_id }: Reconciliation): string[] {
  const keep = ratchet(`reconcile keep ${short(reconciliation_id)}`, model, REASON);
  if (outcome === 'restored')
    return [
      `${orDash(known.version)}, which this registry had decided, holds again. Say that you have seen it: ${keep}`,
    ];
  return [
    `Keep what is live: ${keep}`,
    `Go back to ${orDash(known.version)}, which was known: ${ratchet(`reconcile restore ${short(reconciliation_id)}`, model, REASON)}`,
  ];
}

export function reconciliationLines(found: readonly Reconciliation[], colors: Colors, width: number): string[] {
  const open = found.filter(({ decision }) => decision === null);
  return [
    ...table(
      found,
      [
        { title: zoned('FOUND'), cell: (one) => when(one.found_at) },
        { title: 'OUTCOME', cell: (one) => one.outcome },
        { title: 'KNOWN', cell: (one) => `${orDash(one.known.version)} at ${one.known.generation}` },
        { title: 'SEEN', cell: (one) => `${orDash(one.seen.version)} at ${one.seen.generation}` },
        { title: 'DECISION', cell: (one) => decided(one, colors) },
        { title: 'FINDING', cell: (one) => short(one.reconciliation_id) },
      ],
      colors,
      width,
    ),
    ...open.flatMap((finding) => ['', finding.detail, ...choices(finding)]),
  ];
}

const list = defineCommand({
  usage: 'list',
  summary: 'What was found in Kafka or on instances that the registry had not decided, newest first',
  options: [modelOption(), limitOption('findings')],
  schema: z.object({ ...modelShape, ...limitShape }),
  examples: ['ratchet reconcile list', "ratchet reconcile list --json | jq '.[] | select(.decision == null)'"],
  async run({ screen, registry }, { model, limit }) {
    const found = await registry.call('listReconciliations', { params: { model }, query: { limit } });
    screen.result(found, (colors) =>
      found.length === 0
        ? [`${model}: Kafka, the instances and the registry have always agreed.`]
        : reconciliationLines(found, colors, screen.width),
    );
  },
});

/** The one that was named, or the only one that waits. */
async function chosen({ registry }: Session, model: string, given: string | undefined): Promise<string> {
  if (given !== undefined && isWholeId(given)) return given;
  const found = await registry.call('listReconciliations', { params: { model }, query: { limit: ALL } });
  const see = ratchet('reconcile list', model);
  const ids = found.map(({ reconciliation_id }) => reconciliation_id);
  if (given !== undefined) return pickId(given, ids, 'finding', see);
  const open = found.filter(({ decision }) => decision === null);
  const [only] = open;
  if (only !== undefined && open.length === 1) return only.reconciliation_id;
  if (only === undefined) throw new Failure(`${model} has nothing to decide.`, `See what there was: ${see}`);
  throw new Failure(`${model} has ${open.length} findings to decide.`, `Name one of them: ${see}`, {
    exitCode: EXIT.usage,
  });
}

const decisionOf = (decision: ReconcileBody['decision'], summary: string) =>
  defineCommand({
    usage: `${decision} [finding]`,
    summary,
    description: 'Takes the only open finding if none is named; the beginning of an id is enough.',
    options: [modelOption(), reasonOption().makeOptionMandatory()],
    schema: z.object({ ...modelShape, reason: Reason }),
    examples: [`ratchet reconcile ${decision} --reason "the backup was from before the deployment"`],
    async run(session, { model, reason }, [given]) {
      const which = await chosen(session, model, given);
      const found = await session.registry.call('decideReconciliation', {
        params: { model, reconciliation_id: which },
        body: { decision, reason },
      });
      session.screen.result(found, (colors) => reconciliationLines([found], colors, session.screen.width));
    },
  });

export const reconcile: CommandFactory = (parent, open) => {
  const group = parent
    .command('reconcile')
    .summary('See and decide where Kafka or instances differed from the registry')
    .description('After a database was restored or Kafka was lost: what was found, and whether it stays.');
  for (const add of [
    list,
    decisionOf('keep', 'What is live now stays'),
    decisionOf('restore', 'What the registry had decided comes back, by a rollback'),
  ])
    add(group, open);
};
