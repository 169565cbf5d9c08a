import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import { REASON, ratchet } from '#contracts/command-line';
import type { Backup, LivePackage } from '#contracts/http/backups';
import type { Deployment } from '#contracts/http/deployments';
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
  timeoutOption,
  timeoutShape,
} from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { orDash, plural, short, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';
import { isWholeId, pickId } from '../pick-id.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';

/** The registry keeps fewer; the most its list answers with. */
const ALL = 1000;

function condition(backup: Backup, colors: Colors): string {
  if (backup.problem !== null) return colors.red('damaged');
  return backup.verified_at === null ? colors.yellow('not verified') : colors.green('whole');
}

function backupLines(backups: readonly Backup[], colors: Colors, width: number): string[] {
  const problems = backups.some((b) => b.problem !== null);
  return table(
    backups,
    [
      { title: 'BACKUP', cell: (b) => short(b.backup_id) },
      { title: 'VERSION', cell: (b) => b.version },
      { title: 'CONDITION', cell: (b) => condition(b, colors) },
      { title: zoned('TAKEN'), cell: (b) => when(b.taken_at) },
      { title: zoned('VERIFIED'), cell: (b) => when(b.verified_at) },
      { title: 'GENERATION', cell: (b) => String(b.generation), align: 'right', dispensable: true },
      { title: 'PACKAGE', cell: (b) => short(b.digest), dispensable: true },
      { title: 'SECOND COPY', cell: (b) => (b.copy_uri === null ? 'no' : 'yes'), dispensable: true },
      ...(problems ? [{ title: 'PROBLEM', cell: (b: Backup) => orDash(b.problem), text: 'wrap' as const }] : []),
    ],
    colors,
    width,
  );
}

const list = defineCommand({
  usage: 'list',
  summary: 'What was live before each deployment, newest first',
  options: [modelOption(), limitOption('backups')],
  schema: z.object({ ...modelShape, ...limitShape }),
  examples: ['ratchet backup list', "ratchet backup list --json | jq '.[] | select(.problem)'"],
  async run({ screen, registry }, { model, limit }) {
    const backups = await registry.call('listBackups', { params: { model }, query: { limit: limit } });
    screen.result(backups, (colors) =>
      backups.length === 0
        ? [`${model} has no backup yet: one is taken before each deployment.`]
        : backupLines(backups, colors, screen.width),
    );
  },
});

async function chosen(
  { registry }: Session,
  model: string,
  given: string | undefined,
  all: boolean,
): Promise<string[]> {
  if (given !== undefined && isWholeId(given)) return [given.toLowerCase()];
  const ids = (await registry.call('listBackups', { params: { model }, query: { limit: ALL } })).map(
    (b) => b.backup_id,
  );
  if (given !== undefined) return [pickId(given, ids, 'backup', ratchet('backup list', model))];
  return all ? ids : ids.slice(0, 1);
}

/** Where the live package stands; null where nothing is live. */
async function verifyLive({ registry }: Session, model: string): Promise<LivePackage | null> {
  const { live } = await registry.call('getModel', { params: { model } });
  return live === null ? null : registry.call('verifyLivePackage', { params: { model } });
}

function liveLine(live: LivePackage | null, colors: Colors): string {
  if (live === null) return 'Nothing is live.';
  const { version, problem, mended, copy_uri } = live;
  if (problem !== null) return colors.red(`${version}, which is live, is damaged: ${problem}`);
  const copy = copy_uri === null ? 'no second copy (BACKUP_ARTIFACTS_URL)' : 'a second copy';
  return `${version}, which is live, is ${colors.green('whole')}${mended ? ' again, mended from the second store' : ''}, with ${copy}.`;
}

const verify = defineCommand({
  usage: 'verify [backup]',
  summary: 'Read every file of the live package and of a backup, and compare it with its digest',
  description:
    'Reads the packages, and their copies in the second store if there is one. The live package is copied there, and mended from there. Takes the newest backup if none is named; the beginning of an id is enough. Exits 1 if one is damaged.',
  options: [modelOption(), new Option('--all', 'every backup').default(false)],
  schema: z.object({ ...modelShape, all: z.boolean() }),
  examples: ['ratchet backup verify', 'ratchet backup verify 3f2a81c0', 'ratchet backup verify --all'],
  async run(session, { model, all }, [given]) {
    const { screen, registry } = session;
    if (all && given !== undefined)
      throw new Failure('A backup is named and --all is given.', 'Leave one of them out.', { exitCode: EXIT.usage });
    const ids = await chosen(session, model, given, all);
    const live = await verifyLive(session, model);
    const backups: Backup[] = [];
    for (const id of ids) backups.push(await registry.call('verifyBackup', { params: { model, backup_id: id } }));
    const damaged = backups.filter((b) => b.problem !== null);
    if (damaged.length > 0 || (live?.problem ?? null) !== null) session.endWith(EXIT.failed);
    screen.result({ live, backups }, (colors) => [
      liveLine(live, colors),
      '',
      ...(backups.length === 0 ? [] : [...backupLines(backups, colors, screen.width), '']),
      backups.length === 0
        ? `${model} has no backup yet: one is taken before each deployment of another version.`
        : damaged.length === 0
          ? `${plural(backups.length, 'backup')} verified, whole`
          : `${damaged.length} of ${plural(backups.length, 'backup')} damaged. What can be mended: ${ratchet(`backup restore ${short(damaged[0]?.backup_id)}`, model, REASON)}`,
    ]);
  },
});

function restoredLines(backup: Backup, deployment: Deployment | null, colors: Colors, width: number): string[] {
  return [
    `The package of ${backup.version} is ${colors.green('whole')}.`,
    ...(deployment ? deploymentLines(deployment, colors, width) : [`${backup.version} is live already.`]),
  ];
}

const restore = defineCommand({
  usage: 'restore <backup>',
  summary: 'Bring the package of a backup back, and roll back to its version',
  description:
    'Brings back the package if it is missing or damaged, from the second store if need be, rolls back to its version unless that is live, and waits until every instance has swapped. The beginning of an id is enough.',
  options: [modelOption(), reasonOption().makeOptionMandatory(), timeoutOption(60)],
  schema: z.object({ ...modelShape, ...timeoutShape, reason: Reason }),
  examples: ['ratchet backup restore 3f2a81c0 --reason "the package was deleted by mistake"'],
  async run(session, { model, reason, timeout }, [given]) {
    const { screen, registry } = session;
    const [id = ''] = await chosen(session, model, given, false);
    const { backup, command } = await registry.call('restoreBackup', {
      params: { model, backup_id: id },
      body: { reason, command_id: randomUUID() },
    });
    const deployment = command && (await followDeployment(session, model, command, timeout));
    screen.result({ backup, deployment }, (colors) => restoredLines(backup, deployment, colors, screen.width));
  },
});

export const backup: CommandFactory = (parent, open) => {
  const group = parent
    .command('backup')
    .helpCommand(false)
    .summary('List, verify and restore what was live before')
    .description('Backups: what was live before each deployment.');
  for (const add of [list, verify, restore]) add(group, open);
};
