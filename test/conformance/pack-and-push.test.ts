import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { Run } from '#contracts/http/runs';
import { Golden, Manifest, RawRow } from '#contracts/model-package';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { answeredDifference, deployAnyway, INSERT_APPLES } from '../e2e/elsewhere.js';
import { artifactsOf } from '../e2e/trainer-world.js';
import { useStack } from '../stack/use-stack.js';
import { PACKED_LIBRARIES, pythonWith } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-packed-'));
const models = join(folder, 'models');
mkdirSync(models);
afterAll(() => rmSync(folder, { recursive: true }));

/** The kinds of KINDS in pack_and_push.py. */
const KINDS = [
  'random-forest',
  'random-forest-binary',
  'extra-trees',
  'gradient-boosting',
  'gradient-boosting-binary',
  'hist-gradient-boosting',
  'catboost',
  'catboost-binary',
  'onnx',
  'xgboost-wrapper',
  'xgboost-booster',
  'lightgbm-wrapper',
  'lightgbm-booster',
];
const Brought = z.object({
  run: Run,
  golden: z.int(),
  rows: z.array(RawRow),
  probabilities: z.array(z.array(z.number())),
});

async function interpret(args: readonly string[], env: NodeJS.ProcessEnv, cwd = folder): Promise<string> {
  const interpreter = await pythonWith([...PACKED_LIBRARIES, 'PyYAML==6.0.3', 'tritonclient[http]'], 'venv-packed');
  const { stdout } = await promisify(execFile)(interpreter, [...args], {
    cwd,
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: join(REPOSITORY, 'clients/python/src'), ...env },
  });
  return stdout;
}

const python = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> =>
  JSON.parse(await interpret([join(import.meta.dirname, 'models/pack_and_push.py'), ...args], env));

/** What a data scientist reads, and its blocks of one language, one after the other. */
const PAGE = readFileSync(join(REPOSITORY, 'docs/how-to/bring-your-model.md'), 'utf8');
const blocksOf = (language: string): string[] =>
  Array.from(PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')), ([, block = '']) => block);

beforeAll(async () => {
  expect(await python(['define', models])).toEqual(KINDS);
  writeFileSync(join(models, 'apples.yaml'), blocksOf('yaml').join('\n'));
}, 600_000);

const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2' };
const stack = useStack('pack-and-push', {
  services: ['registry', 'feedback-ingest', 'trainer', 'evaluator', 'serving-1'],
  env: { '*': env },
});

it.each(KINDS)(
  '%s is packed and pushed in Python, goes live, and answers as Python does',
  async (name) => {
    const classes = ['cider', 'dessert', 'storage'].slice(0, /binary|xgboost-wrapper/.test(name) ? 2 : 3);
    await stack().query(INSERT_APPLES, [name, classes]);
    const where = { RATCHET_URL: stack().urls.registry, RATCHET_TOKEN: stack().token };
    const { run, golden, rows, probabilities } = Brought.parse(await python([name, models], where));
    const files = await new PackageStore(artifactsOf(stack())).read(run.digest ?? '');
    expect(Golden.parse(JSON.parse(String(files.get('golden.json')))).cases.length).toBeGreaterThan(golden);
    const manifest = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(manifest.backend).toBe(/^(xgboost|lightgbm)/.exec(name)?.[0] ?? 'packed');
    expect(run.backend).toBe(manifest.backend);
    await deployAnyway(stack(), run);
    const difference = await answeredDifference(
      stack(),
      { name, classes, version: run.version ?? '' },
      { rows, probabilities },
    );
    console.log(`${name}: ${rows.length} rows, largest difference ${difference}, verdict ${run.verdict}`);
    expect(difference).toBeLessThanOrEqual(1e-6);
  },
  300_000,
);

it('the page for data scientists leads where it says', async () => {
  await stack().query(INSERT_APPLES, ['apples', ['cider', 'dessert', 'storage']]);
  const project = join(folder, 'project');
  mkdirSync(join(project, 'deploy'), { recursive: true });
  symlinkSync(models, join(project, 'deploy/models'));
  const csv = join(project, 'apples.csv');
  const exported = await stack().cli(
    'dataset',
    'export',
    ...'--model apples --format csv --raw --without-holdout --output'.split(' '),
    csv,
  );
  expect(exported).toMatchObject({ code: 0 });
  const where = { RATCHET_URL: stack().urls.registry, RATCHET_TOKEN: stack().token };
  const blocks = blocksOf('python');
  const asking = blocks.pop() ?? '';
  const said = await interpret(['-c', blocks.join('\n')], where, project);
  expect(said).toMatch(/apples-package 300 golden rows\nv1\.0\.0 pass \S.*\n/);
  const [serving = ''] = stack().serving;
  await until('it to be served', async () => (await fetch(`${serving}/v2/models/apples/ready`)).ok);
  expect(asking).toContain('"127.0.0.1:7410"');
  const answered = await interpret(['-c', asking.replace('127.0.0.1:7410', new URL(serving).host)], where, project);
  expect(answered).toMatch(/^\[\[.* .* .*\]\s+\[.* .* .*\]\]\n$/);
  // The same folder by the command line.
  const again = await stack().cli(
    'register',
    join(project, 'apples-package'),
    '--definition',
    'apples',
    '--no-auto-deploy',
    '--wait',
  );
  expect(again).toMatchObject({ code: 0 });
}, 300_000);

it("the package's own tests pass, and a wheel can be built of it", async () => {
  const package_ = join(REPOSITORY, 'clients/python');
  const interpreter = await pythonWith(
    [...PACKED_LIBRARIES, 'PyYAML==6.0.3', 'pytest==9.2.0', 'build==1.6.1'],
    'venv-packed',
  );
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: join(package_, 'src') };
  const run = promisify(execFile);
  const tests = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'ignore', join(package_, 'tests')];
  expect((await run(interpreter, tests, { env, cwd: folder })).stdout).toMatch(/\d+ passed/);
  const built = await run(interpreter, ['-m', 'build', '--wheel', '--outdir', folder, package_], { env });
  expect(built.stdout).toContain('Successfully built ratchet_model-0.1.0-py3-none-any.whl');
}, 600_000);
