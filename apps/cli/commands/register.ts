import { randomUUID } from 'node:crypto';
import { createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import { ImportDescription, type ImportFormat } from '#contracts/http/packages';
import type { ModelDefinition } from '#contracts/model-definition';
import { DEFAULT_MODEL, ModelName, Reason } from '#contracts/primitives';
import { defineCommand, timeoutOption, timeoutShape } from '../cli.js';
import { EXIT, Failure } from '../failure.js';
import { followRun } from './follow-run.js';
import { outcomeLines, outcomeOf } from './run-outcome.js';

const usage = (message: string, advice: string): Failure => new Failure(message, advice, { exitCode: EXIT.usage });

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw usage(`${path} cannot be read.`, 'Is the path right?');
  }
}

/** By the first bytes; the name of the file says nothing. */
function formatOf(path: string): ImportFormat {
  const head = Buffer.alloc(64);
  try {
    readSync(openSync(path, 'r'), head);
  } catch {
    throw usage(`${path} cannot be read.`, 'Is the path right?');
  }
  if (head.toString('latin1').startsWith('tree\n')) return 'lightgbm-text';
  if (/^\s*\{\s*"/.test(head.toString('latin1'))) return 'xgboost-json';
  if (head[0] === 0x7b) return 'xgboost-ubj';
  throw usage(
    `${path} is neither an XGBoost model (JSON, UBJSON) nor a LightGBM text model.`,
    'Save it with booster.save_model("model.json"), or LightGBM\'s booster.save_model("model.txt").',
  );
}

/** A file, or the manifest of a package's folder; with none named, the manifest beside the model. */
function descriptionOf(manifest: string | undefined, model: string): ImportDescription {
  const beside = join(dirname(model), 'manifest.json');
  const path = manifest ?? (statSync(beside, { throwIfNoEntry: false }) ? beside : undefined);
  if (path === undefined) return {};
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'manifest.json') : path;
  let json: unknown;
  try {
    json = JSON.parse(textOf(file));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage(`${file} is not JSON.`, 'docs/model-package.md says what it holds.');
  }
  const parsed = ImportDescription.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usage(`${file}: ${issue?.path.join('.')}: ${issue?.message}`, 'docs/model-package.md says what it holds.');
}

async function definitionIn(path: string): Promise<ModelDefinition> {
  const { parseModelDefinition, DefinitionError } = await import('#platform/model-definitions');
  try {
    return parseModelDefinition(textOf(path), path);
  } catch (error) {
    if (error instanceof DefinitionError) throw usage(error.message, `Check it with: ratchet models validate ${path}`);
    throw error;
  }
}

export const register = defineCommand({
  usage: 'register <file>',
  summary: 'Take in a model that was trained elsewhere, and judge it like any other',
  description:
    'Uploads an XGBoost model (JSON or UBJSON) or a LightGBM text model. It is loaded and checked against its encoders, packaged with golden predictions, judged on the same holdout rows as every version, and deployed if the gate lets it through.',
  options: [
    new Option('--definition <name|file>', 'the model it belongs to, or a definition file').default(DEFAULT_MODEL),
    new Option(
      '--manifest <path>',
      'its encoders: a manifest.json, or the folder of a package (default: the manifest.json beside the file)',
    ),
    new Option('--no-auto-deploy', 'version it, but do not deploy it'),
    new Option('--reason <text>', 'why; shown with the run'),
    new Option('--wait', 'wait for the verdict').default(false),
    timeoutOption(600),
  ],
  schema: z.object({
    ...timeoutShape,
    definition: z.string().min(1),
    manifest: z.string().optional(),
    autoDeploy: z.boolean(),
    reason: Reason.optional(),
    wait: z.boolean(),
  }),
  examples: [
    'ratchet register model.json --definition backlink-outcome --manifest manifest.json --wait',
    'ratchet register booster.txt --definition deploy/models/wine.yaml --no-auto-deploy',
  ],
  async run(session, { definition, manifest, autoDeploy, reason, wait, timeout }, args) {
    const { screen, registry, cwd } = session;
    const file = resolve(cwd, args[0] ?? '');
    const format = formatOf(file);
    const described = descriptionOf(manifest === undefined ? undefined : resolve(cwd, manifest), file);
    const named = ModelName.safeParse(definition).success ? null : await definitionIn(resolve(cwd, definition));
    const model = named?.name ?? definition;
    const uploaded = await registry.upload(model, { stream: createReadStream(file), bytes: statSync(file).size });
    screen.note(`uploaded ${basename(file)} (${format})`);
    const accepted = await registry.register(model, {
      request_id: randomUUID(),
      upload: uploaded.digest,
      format,
      description: { ...described, ...(named && { definition: named }) },
      auto_deploy: autoDeploy,
      ...(reason && { reason }),
    });
    if (!wait) {
      screen.result(accepted, () => [
        `Registration with ${accepted.model} is requested (${accepted.request_id}). Follow it: ratchet runs`,
      ]);
      return;
    }
    const run = await followRun(session, model, accepted.request_id, timeout);
    if (run.state === 'failed') session.endWith(EXIT.failed);
    const outcome = await outcomeOf(session, run, autoDeploy, timeout);
    screen.result(outcome, (colors) => outcomeLines(outcome, colors, screen.width));
  },
});
