import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { Backup } from '#contracts/http/backups';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { RawProducer } from '#kafka/produce/raw-producer';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from '../stack/stack.js';
import { type AdviceWorld, type Aspect, definitionOf } from './advice-world.js';
import { artifactsOf } from './trainer-world.js';

/** What stands in advice for what only who copies it knows, and what they would put there; versions in their order. */
export interface Known {
  readonly versions?: readonly string[];
  readonly words?: Readonly<Record<string, string>>;
}

type Before = (world: AdviceWorld, model: string, stack: TestStack) => Promise<Known>;
type After = (world: AdviceWorld, model: string) => Promise<void>;

/** Where a command is advised, and what it does there. */
export interface Scene {
  /** Brings a model to where it is advised. */
  readonly before?: Before;
  /** What is otherwise afterwards about the model, and about no other. */
  readonly changes?: readonly Aspect[];
  /** What is otherwise afterwards that belongs to no model. */
  readonly elsewhere?: readonly (keyof Awaited<ReturnType<AdviceWorld['rest']>>)[];
  /** What the audit log has of the model for it. */
  readonly audited?: string;
  readonly after?: After;
  /** Options that only wait for what does not come here. */
  readonly without?: readonly string[];
}

const REFUSED = { 'not-json': 'not json', 'unknown-action': null };

/** Sends a message that is refused, and waits until it is; returns its id. */
async function refused(
  world: AdviceWorld,
  stack: TestStack,
  model: string,
  reason: keyof typeof REFUSED = 'not-json',
  topic = 'automation.outcomes',
): Promise<string> {
  const mark = world.unique('refused');
  const raw = new RawProducer(stack.kafka);
  const text = REFUSED[reason] ?? world.log(1, { model, action_attempted: 'fly' });
  await raw.send(topic, [{ key: null, value: Buffer.from(`${text.trimEnd()} `), headers: { mark } }]);
  await raw.disconnect();
  return until(`${mark} to be refused`, async () => {
    const [row] = await stack.query<{ id: string }>(
      `select id from feedback.dead_letters where $1 = any(select convert_from(v, 'UTF8') from unnest(header_values) v)`,
      [mark],
    );
    return row?.id;
  });
}

const aVersion: Before = async (world, model) => ({ versions: [await world.version(model)] });
const anAlias: Before = async (world, model) => {
  for (const alias of ['champion', 'candidate'])
    await world.post(`/v1/models/${model}/aliases`, { alias, version: await world.version(model) });
  return { versions: [await world.version(model)], words: { NAME: 'candidate' } };
};
const tagged: Before = async (world, model) => {
  const version = await world.version(model);
  const tags = { owner: world.unique('ada'), ticket: 'CHURN-17' };
  await world.post(`/v1/models/${model}/aliases`, { alias: 'champion', version });
  await world.post(`/v1/models/${model}/versions/${version}/tags`, { tags });
  return { versions: [version], words: { KEY: 'ticket', 'owner=NAME': 'owner=grace' } };
};
const twiceDeployed: Before = async (world, model) => {
  const before = await world.live(model);
  await world.live(model);
  return { versions: [before] };
};
const backedUp: Before = async (world, model) => {
  await world.live(model);
  await world.live(model);
  const backup = await world.newest(Backup, `/v1/models/${model}/backups`);
  return { words: { example: backup.backup_id, '3f2a81c0': backup.backup_id } };
};
const onCanary: Before = async (world, model) => {
  await world.define(model, { steps: '[50, 100]' });
  await world.deploy(model, await world.version(model));
  await until('the canary to run', async () => (await world.status(model)).canary !== null);
  return {};
};
const asBefore: After = (world, model) => world.define(model);
const elsewhereFound: Before = async (world, model) => {
  await world.live(model);
  return { words: { '3f2a81c0': await world.otherHistory(model) } };
};
const external: Before = async (world, model) => {
  await world.post(`/v1/models/${model}/retrain`, { engine: 'external', reason: 'to see what is advised' });
  const newest = () => world.newest(Run, `/v1/runs?model=${model}&limit=1`);
  const { run_id } = await until('a run', async () => {
    const run = await newest();
    return run.state === 'queued' ? run : null;
  });
  return { words: { '1a2b3c4d': run_id } };
};
const cancelled: After = async (world, model) => {
  const { run_id } = await world.newest(Run, `/v1/runs?model=${model}&limit=1`);
  await world.post(`/v1/runs/${run_id}/cancel`, { reason: 'seen' }).catch((error: unknown) => {
    // One for Spark has failed already, where no cluster is named.
    if (!String(error).includes(' gave 409')) throw error;
  });
};

/** Files that hold outcomes, by each name that examples have for one. */
const outcomes: Before = async (world) => {
  const comparison = { ai_predicted_action: 'forum', rule_based_action: 'forum', task_result: 'success' };
  const automation = world.file('automation.jsonl', world.log(2));
  const shadow = world.file('shadow.jsonl', world.log(1, comparison));
  const csv = world.file(
    'misspelt.csv',
    `task_id,action_attempted,result,tenure\n${world.unique('task')},forum,success,44\n`,
  );
  return {
    words: {
      FILE: automation,
      example: csv,
      'tenure=months': 'tenure=da',
      'logs/automation_logs.jsonl': automation,
      'logs/shadow_mode_logs.jsonl': shadow,
    },
  };
};

/** The files of a package that was trained here, as somebody elsewhere would have them. */
const trainedElsewhere: Before = async (world, model, stack) => {
  const runs = await world.client().get(z.array(Run), `/v1/runs?model=${model}&limit=1000`);
  const digest = runs.find((run) => run.state === 'done' && run.backend === 'xgboost')?.digest ?? '';
  const files = await new PackageStore(artifactsOf(stack)).read(digest);
  const folder = world.file('model.json', files.get('model.xgb.json') ?? '').replace(/\/model\.json$/, '');
  const manifest = JSON.parse(String(files.get('manifest.json')));
  const { encoders, columns } = z.looseObject({ encoders: z.unknown(), columns: z.unknown() }).parse(manifest);
  const packed = world.file('model.xgb.json', files.get('model.xgb.json') ?? '').replace(/\/model\.xgb\.json$/, '');
  for (const each of [folder, packed]) writeFileSync(`${each}/manifest.json`, JSON.stringify({ encoders, columns }));
  const file = `${folder}/model.json`;
  const definition = world.file(`${model}.yaml`, definitionOf(model));
  return {
    words: {
      ...{ FILE: file, 'model.json': file, 'booster.txt': file, 'apples-package': packed },
      ...{ 'manifest.json': `${folder}/manifest.json`, example: model, apples: model },
      'deploy/models/wine.yaml': definition,
    },
  };
};

const definitionFile: Before = async (world, model) => {
  const file = world.file('churn.yaml', definitionOf(model, { description: world.unique('As of') }));
  return { words: { FILE: file, 'churn.yaml': file, example: file, 'deploy/models/my-model.yaml': file } };
};

const dropped: Scene = {
  before: async (world, model, stack) => ({ words: { '3f2a81c0': await refused(world, stack, model) } }),
  elsewhere: ['letters'],
};
const deployed: Scene = {
  before: async (world, model) => {
    const version = await world.version(model);
    return { versions: [version], words: { example: version } };
  },
  changes: ['live', 'deployments', 'backups'],
};
const retrained: Scene = {
  before: async (world, model, stack) => {
    const log = world.file('more.jsonl', world.log(10));
    const { code, stderr } = await stack.cli('import', log, '--model', model);
    if (code !== 0) throw new Error(stderr);
    return {};
  },
  changes: ['runs'],
};
const imported: Scene = { before: outcomes, changes: ['rows'] };
const registered: Scene = { before: trainedElsewhere, changes: ['runs'] };
const token = (name: string): Known => ({ words: { NAME: name, dashboard: name, alice: name } });

/** Of every command that changes something, or of those of its forms that differ from it. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'alerts test': { elsewhere: ['told'] },
  'alias remove': { before: anAlias, changes: ['aliases'], audited: 'alias.removed' },
  'alias set': { before: anAlias, changes: ['aliases'], audited: 'alias.set' },
  approve: {
    before: async (world, model) => {
      await world.define(model, { approvals: 1 });
      return { versions: [await world.version(model)] };
    },
    audited: 'version.approved',
    after: asBefore,
  },
  'backup restore': { before: backedUp, changes: ['live', 'deployments'] },
  'canary abort': { before: onCanary, changes: ['canary'], after: asBefore },
  'canary advance': { before: onCanary, changes: ['canary', 'live'], after: asBefore },
  collect: imported,
  deploy: deployed,
  'deploy --force --reason --version': {
    ...deployed,
    before: async (world, model) => ({ versions: [await world.version(model, 'fail')] }),
  },
  describe: { before: aVersion, changes: ['labels'], audited: 'version.described' },
  'dlq drop': dropped,
  'dlq replay': dropped,
  'dlq replay --reason': {
    ...dropped,
    before: async (world, model, stack) => {
      await refused(world, stack, model, 'unknown-action');
      return {};
    },
  },
  'dlq replay --topic': {
    ...dropped,
    before: async (world, model, stack) => {
      await refused(world, stack, model, 'not-json', 'shadow.outcomes');
      return {};
    },
  },
  drill: { before: twiceDeployed, changes: ['deployments'] },
  import: imported,
  'models add': { before: definitionFile, changes: ['definition'], audited: 'model.defined' },
  'reconcile keep': { before: elsewhereFound, changes: ['findings'], audited: 'history.decided' },
  'reconcile restore': { before: elsewhereFound, changes: ['findings', 'live'], audited: 'history.decided' },
  register: registered,
  retrain: retrained,
  'retrain --engine': { changes: ['runs'], after: cancelled },
  'retrain --engine --model-type': { changes: ['runs'], after: cancelled },
  'retrain --engine --wait': { changes: ['runs'], without: ['--wait'], after: cancelled },
  rollback: { before: twiceDeployed, changes: ['live', 'deployments'] },
  'runs cancel': { before: external, changes: ['runs'] },
  'shadow start': { before: aVersion, changes: ['shadow'] },
  'shadow stop': {
    before: async (world, model) => {
      await world.post(`/v1/models/${model}/shadow`, { version: await world.version(model), reason: 'to see' });
      return {};
    },
    changes: ['shadow'],
  },
  tag: { before: tagged, changes: ['labels'], audited: 'version.tagged' },
  'token create': { before: async (world) => token(world.unique('somebody')), elsewhere: ['tokens'] },
  'token revoke': {
    before: async (world) => {
      const name = world.unique('somebody');
      await world.post('/v1/tokens', { name, role: 'viewer' });
      return token(name);
    },
    elsewhere: ['tokens'],
  },
};

/** What every command finds that changes nothing: two versions with aliases, a run, a backup, a refused message. */
const READ: Scene = {
  before: async (world, model, stack) => {
    const status = await world.client().get(ModelStatus, `/v1/models/${model}`);
    const runs = await world.client().get(z.array(Run), `/v1/runs?model=${model}&limit=1000`);
    const judged = runs.find((run) => run.version !== null);
    const [letter] = await world.letters();
    const definition = world.file(`${model}.yaml`, definitionOf(model));
    return {
      versions: [judged?.version ?? '', status.live?.version ?? ''],
      words: {
        '3f2a81c0': letter?.example.id ?? (await refused(world, stack, model)),
        example: letter?.example.id ?? '',
        '1a2b3c4d': judged?.run_id ?? '',
        'exports/monday.csv': world.file('monday.csv', ''),
        'reports/': world.file('report.html', ''),
        'tokens.json': world.file('tokens.json', ''),
        'deploy/models/my-model.yaml': definition,
      },
    };
  },
};

/** Commands that are printed and change nothing. */
const READING: readonly string[] = [
  ...[
    'status',
    'list',
    'info',
    'report',
    'compare',
    'runs',
    'history',
    'audit',
    'doctor',
    'plan',
    'completion',
    'help',
  ],
  ...['canary status', 'shadow status', 'alias list', 'backup list', 'backup verify', 'reconcile list'],
  ...['dataset summary', 'dataset export', 'dataset incidents', 'dlq list', 'dlq search', 'dlq show'],
  ...['token list', 'token export', 'alerts channels'],
  ...['models list', 'models describe', 'models check', 'models example'],
];

/** What is printed and not executed, and why not. */
export const NOT_EXECUTED: Readonly<Record<string, string>> = {
  watch: 'goes on until it is interrupted',
};

/** The scene of a command as it is printed; null where nobody has written one. */
export function sceneOf(command: string, shape: string): Scene | null {
  const own = SCENES[shape] ?? SCENES[command];
  if (own !== undefined) return own;
  if (shape === 'backup verify …') return { before: backedUp };
  if (command === 'models check') return { before: definitionFile };
  return READING.includes(command) ? READ : null;
}
