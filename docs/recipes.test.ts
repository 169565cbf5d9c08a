import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';

// Each compiles the whole tree: seconds, or a minute on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the recipes of CONTRIBUTING touch, and what must agree with it. */
const COPIED = ['apps', 'libs', 'package.json', 'tsconfig.json'];
const LEFT_OUT = /[/\\](?:node_modules|dist|console|fixtures)$|[.]test[.]ts$/;

const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true });
}, 60_000);

/** A copy of the tree that may be changed. */
class Copy {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ratchet-recipe-'));

  constructor() {
    copies.push(this.folder);
    for (const name of COPIED)
      cpSync(join(root, name), join(this.folder, name), {
        recursive: true,
        filter: (from) => !LEFT_OUT.test(from),
      });
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
  }

  add(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text, { flag: 'wx' });
  }

  /** Writes `after` where `before` stands. */
  change(file: string, before: string, after: string): void {
    const path = join(this.folder, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(before)) throw new Error(`${file} has no ${JSON.stringify(before)} any more: mend this recipe`);
    writeFileSync(path, text.replace(before, after));
  }

  /** What the compiler has to say. */
  compile(): Promise<string> {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    return new Promise((resolve) => {
      execFile(process.execPath, [compiler, '--noEmit'], { cwd: this.folder }, (_, stdout) => resolve(stdout));
    });
  }
}

const KINDS = 'libs/features/kinds.ts';
const hour = readFileSync(join(root, 'libs/features/hour.fixture.ts'), 'utf8');

/** The recipe: a file of its own, and a line in the table (and the import that the editor writes). */
function addKind(copy: Copy, text: string): void {
  copy.add('libs/features/hour.ts', text);
  copy.change(KINDS, '  derivedFromUrl,\n', '  derivedFromUrl,\n  hour,\n');
  copy.change(KINDS, 'import type { Encoded }', "import { hour } from './hour.js';\nimport type { Encoded }");
}

const BACKUPS_CONTROLLER = 'apps/registry/backups/backups.controller.ts';

/** The recipe: the table, the controller, the command, and its name in the program. */
function addOperation(copy: Copy): void {
  copy.change(
    'libs/contracts/http/backups.ts',
    '  listBackups: {',
    `  countBackups: {
    method: 'GET',
    path: '/v1/models/{model}/backups/count',
    tag: 'backups',
    access: 'viewer',
    summary: 'How many backups there are.',
    params: ofModel,
    replies: [{ status: 200, description: 'Their number.', schema: z.object({ backups: z.int() }) }],
    problems: { 404: 'There is no such model.' },
  },
  listBackups: {`,
  );
  copy.change(
    BACKUPS_CONTROLLER,
    "  @Operation('listBackups')",
    `  @Operation('countBackups')
  async countBackups({ params: { model } }: Input<'countBackups'>): Promise<{ backups: number }> {
    return { backups: (await this.backups.list(model, 100)).length };
  }

  @Operation('listBackups')`,
  );
  copy.add(
    'apps/cli/commands/see/backup-size.ts',
    `import { z } from 'zod';
import { defineCommand, modelOption, modelShape } from '../../cli.js';

export const backupSize = defineCommand({
  usage: 'backup-size',
  summary: 'Count the backups of a model',
  options: [modelOption()],
  schema: z.object({ ...modelShape }),
  examples: ['ratchet backup-size'],
  async run({ screen, registry }, { model }) {
    const { backups } = await registry.call('countBackups', { params: { model } });
    screen.result({ backups }, () => [String(backups)]);
  },
});
`,
  );
  copy.change('apps/cli/program.ts', 'commands: [status, ', 'commands: [backupSize, status, ');
  copy.change(
    'apps/cli/program.ts',
    "import { approve } from './commands/act/approve.js';",
    "import { approve } from './commands/act/approve.js';\nimport { backupSize } from './commands/see/backup-size.js';",
  );
}

describe('the recipes of CONTRIBUTING', () => {
  it('a feature kind is one file and a line of the table, an HTTP operation with a command four files', async () => {
    const copy = new Copy();
    addOperation(copy);
    addKind(copy, hour);
    // Nothing else had to change; what is made from the table knows the kind.
    copy.add(
      'libs/features/uses-hour.ts',
      `import type { Encoder, Feature, KindName } from './kinds.js';
export const kind: KindName = 'hour';
export const feature: Feature = { kind: 'hour', name: 'posted', when_constant: 'fail' };
export const encoder: Encoder = { encoding: 'clock', feature: 'posted', source: { from: 'field', field: 'posted' } };
`,
    );
    expect(await copy.compile()).toBe('');
  });

  it('what lacks its counterpart does not compile', async () => {
    const copy = new Copy();
    // A kind that does not say how its values are read.
    addKind(copy, hour.replace('    reading: NUMBER,\n', ''));
    // A command that asks for what the table does not have, and a handler that takes what nobody sends.
    addOperation(copy);
    copy.change('apps/cli/commands/see/backup-size.ts', "call('countBackups'", "call('weighBackups'");
    copy.change(BACKUPS_CONTROLLER, 'countBackups({ params: { model } }', 'countBackups({ body: { model } }');
    // An alert without a runbook, and one that is raised although the table does not have it.
    copy.change(
      'libs/contracts/alerts.ts',
      "  'accuracy-drop': {",
      "  'disk-full': { severity: 'warning', summary: 'The disk is full' },\n  'accuracy-drop': {",
    );
    copy.change('libs/domain/deployment/progress.ts', "draft.alert('auto-deploy-held'", "draft.alert('held'");
    // A topic that people should see, with nothing to say of it.
    copy.change(
      'libs/contracts/topics.ts',
      "  'deployment.failed': topic({",
      `  'model.admired': topic({
    schema: DeploymentFailed,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['console'],
    summary: 'Somebody likes it.',
    shown: ['models'],
  }),
  'deployment.failed': topic({`,
    );
    // A backend that nobody can train with.
    copy.change(
      'libs/contracts/backends.ts',
      "  { name: 'ml-xgboost',",
      "  { name: 'catboost', family: 'boosted-trees', library: null, rounds: 10 },\n  { name: 'ml-xgboost',",
    );
    // An effect of a decision that nothing stores.
    copy.change(
      'libs/domain/deployment/effects.ts',
      'export type Effect =',
      "export type Effect =\n  | { kind: 'page' }",
    );
    const said = await copy.compile();
    expect(said).toMatch(/^libs\/features\/hour\.ts.*reading/m);
    expect(said).toMatch(/^apps\/cli\/commands\/see\/backup-size\.ts.*weighBackups/m);
    expect(said).toMatch(/^apps\/registry\/backups\/backups\.controller\.ts/m);
    expect(said).toMatch(/^libs\/contracts\/alerts\.ts.*runbook/m);
    expect(said).toMatch(/^libs\/domain\/deployment\/progress\.ts.*"held"/m);
    expect(said).toMatch(/^apps\/cli\/output\/event-line\.ts.*model\.admired/m);
    expect(said).toMatch(/^libs\/models\/training\/backends\/table\.ts.*catboost/m);
    expect(said).toMatch(/^apps\/registry\/storage\/effect-store\.ts/m);
  });
});
