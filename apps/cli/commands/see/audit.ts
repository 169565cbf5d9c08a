import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { AuditRecord } from '#contracts/http/audit';
import { ModelName } from '#contracts/primitives';
import { defineCommand, fullOption, fullShape, limitOption, type Session } from '../../cli.js';
import { EXIT } from '../../failure.js';
import { printable } from '../../output/printable.js';
import { orDash, plural, short, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

const MOST = 100_000;

function lines(
  records: readonly AuditRecord[],
  model: string | undefined,
  full: boolean,
  colors: Colors,
  width: number,
): string[] {
  if (records.length === 0)
    return [model === undefined ? 'There is no such record.' : `There is no such record of ${model}.`];
  return table(
    records,
    [
      { title: '#', cell: (r) => String(r.sequence), align: 'right' },
      { title: zoned('AT'), cell: (r) => when(r.at) },
      { title: 'ACTOR', cell: (r) => printable(r.actor) },
      { title: 'ACTION', cell: (r) => r.action },
      { title: 'MODEL', cell: (r) => orDash(r.model), dispensable: true },
      { title: 'REASON', cell: (r) => orDash(r.reason), text: full ? 'wrap' : 'cut' },
      { title: 'HASH', cell: (r) => short(r.hash), dispensable: true },
    ],
    colors,
    width,
  );
}

/** How to go on reading, where there is more. */
function older(model: string | undefined, records: readonly AuditRecord[], limit: number, colors: Colors): string[] {
  const last = records.at(-1);
  if (records.length < limit || last === undefined || last.sequence <= 1) return [];
  return ['', colors.dim(`Older ones: ${ratchet('audit', model ?? null, `--before ${last.sequence}`)}`)];
}

/** What the registry gives of the audit log at once. */
const PAGE = 1000;

/** The newest records, or those before a number; asks page by page for more than the registry gives at once. */
async function newest(
  registry: Session['registry'],
  model: string | undefined,
  most: number,
  before: number | undefined,
): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (;;) {
    const limit = Math.min(PAGE, most - records.length);
    const query = { model, before: records.at(-1)?.sequence ?? before, limit };
    const found = await registry.call('listAudit', { query });
    records.push(...found);
    if (found.length < limit || records.length >= most) return records;
  }
}

export const audit = defineCommand({
  usage: 'audit',
  summary: 'Who changed what and why; with --verify, whether the log is as it was written',
  options: [
    new Option('--model <name>', 'only this model'),
    new Option('--verify', 'recompute the hash chain; exit 1 if it is broken').default(false),
    limitOption('records'),
    new Option('--before <number>', 'only records older than the one of this number'),
    fullOption(),
  ],
  schema: z.object({
    ...fullShape,
    limit: z.coerce.number('expected a number').int().min(1).max(MOST),
    before: z.coerce.number('expected the number of a record').int().min(1).optional(),
    model: ModelName.optional(),
    verify: z.boolean(),
  }),
  examples: [
    'ratchet audit',
    'ratchet audit --full',
    'ratchet audit --before 1200',
    'ratchet audit --verify',
    'ratchet audit --limit 100000 --json',
  ],
  async run({ screen, registry, endWith }, { model, limit, before, verify, full }) {
    if (!verify) {
      const records = await newest(registry, model, limit, before);
      screen.result(records, (colors) => [
        ...lines(records, model, full, colors, screen.width),
        ...older(model, records, limit, colors),
      ]);
      return;
    }
    const result = await registry.call('verifyAudit');
    if (!result.intact) endWith(EXIT.failed);
    screen.result(result, (colors) => [
      result.intact
        ? `${colors.green('intact')}: ${result.detail || plural(result.records, 'record')}`
        : `${colors.red('broken')} at record ${result.broken_at}: ${result.detail}`,
    ]);
  },
});
