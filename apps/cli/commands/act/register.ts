import { randomUUID } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import { ImportDescription } from '#contracts/http/packages';
import type { ModelDefinition } from '#contracts/model-definition';
import { KnownAnswer } from '#contracts/model-package';
import { DEFAULT_MODEL, ModelName, Reason } from '#contracts/primitives';
import { defineCommand, type Session, timeoutOption, timeoutShape } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { shellWord } from '../../output/shell-word.js';
import { followRun } from './follow-run.js';
import { formatOf, modelFileAt } from './register-file.js';
import { outcomeLines, outcomeOf } from './run-outcome.js';

const usage = (message: string, advice: string): Failure => new Failure(message, advice, { exitCode: EXIT.usage });

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw usage(`${path} cannot be read.`, 'Is the path right?');
  }
}

/** A file, or the manifest of a package's folder; with none named, the manifest beside the model. */
function descriptionOf(manifest: string | undefined, model: string): ImportDescription {
  const beside = join(dirname(model), 'manifest.json');
  const path = manifest ?? (statSync(beside, { throwIfNoEntry: false }) ? beside : undefined);
  if (path === undefined) return {};
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'manifest.json') : path;
  const described = readAs(ImportDescription, file);
  const golden = join(dirname(file), 'golden.json');
  if (described.golden !== undefined || !statSync(golden, { throwIfNoEntry: false })) return described;
  return { ...described, golden: readAs(KnownAnswers, golden).cases };
}

/** Of `golden.json`, which packages and ratchet-model write. */
const KnownAnswers = z.object({ cases: z.array(KnownAnswer) });

function readAs<Schema extends z.ZodType>(schema: Schema, file: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(textOf(file));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage(`${file} is not JSON.`, 'docs/model-package.md says what it holds.');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usage(`${file}: ${issue?.path.join('.')}: ${issue?.message}`, 'docs/model-package.md says what it holds.');
}

async function definitionIn(path: string): Promise<ModelDefinition> {
  const { parseModelDefinition, DefinitionError } = await import('#platform/model-definitions');
  try {
    return parseModelDefinition(textOf(path), path);
  } catch (error) {
    if (error instanceof DefinitionError)
      throw usage(error.message, `Check it with: ${ratchet('models check', null, shellWord(path))}`);
    throw error;
  }
}

/** As the model is defined in the running system; null where nobody has defined it, which the registry says of the upload. */
async function definedAs(name: string, registry: Session['registry']): Promise<ModelDefinition | null> {
  return registry.call('readDefinition', { params: { model: name } }).then(
    ({ definition }) => definition,
    () => null,
  );
}

/** Before anything is uploaded: a model is judged on rows, and too few of them end its run after minutes. */
async function requireRows(
  registry: Session['registry'],
  model: string,
  definition: ModelDefinition | null,
): Promise<void> {
  const least = definition?.minimum_rows ?? 1;
  const rows = await registry.call('getModel', { params: { model } }).then(
    (status) => status.dataset_rows,
    // The registry says of the upload itself what is wrong.
    () => null,
  );
  if (rows !== null && rows < least)
    throw new Failure(
      `There are ${rows} rows of "${model}" to judge a model on, and its definition asks for at least ${least}; nothing was uploaded.`,
      `Import some with "${ratchet('import FILE', model)}" or let the engine send outcomes, or lower minimum_rows in the definition.`,
    );
}

export const register = defineCommand({
  usage: 'register <file|folder>',
  summary: 'Take in a model that was trained elsewhere, and judge it like any other',
  description:
    "Uploads an XGBoost model (JSON or UBJSON), a LightGBM text model, or a folder that ratchet-model packed in Python (scikit-learn, CatBoost, ONNX). It is loaded and checked against its encoders, compared with the answers of its library where golden.json beside it has them, packaged with golden predictions, judged on the same holdout rows as every version, and deployed if the gate lets it through. Of a model that stopped early, the rounds that were found best are used, as XGBoost's scikit-learn wrapper does.",
  options: [
    new Option('--definition <name|file>', 'the model it belongs to, or a definition file').default(DEFAULT_MODEL),
    new Option(
      '--manifest <path>',
      'its encoders: a manifest.json, or the folder of a package (default: the manifest.json beside the file)',
    ),
    new Option('--all-trees', 'predict with every tree, where early stopping found fewer best').default(false),
    new Option('--no-auto-deploy', 'version it, but do not deploy it'),
    new Option('--reason <text>', 'why; shown with the run'),
    new Option('--wait', 'wait for the verdict').default(false),
    timeoutOption(600),
  ],
  schema: z.object({
    ...timeoutShape,
    definition: z.string().min(1),
    manifest: z.string().optional(),
    allTrees: z.boolean(),
    autoDeploy: z.boolean(),
    reason: Reason.optional(),
    wait: z.boolean(),
  }),
  examples: [
    'ratchet register model.json --definition backlink-outcome --manifest manifest.json --wait',
    'ratchet register apples-package --definition apples --wait',
    'ratchet register booster.txt --definition deploy/models/wine.yaml --no-auto-deploy',
  ],
  async run(session, { definition, manifest, allTrees, autoDeploy, reason, wait, timeout }, args) {
    const { screen, registry, cwd } = session;
    const file = modelFileAt(resolve(cwd, args[0] ?? ''));
    const format = formatOf(file);
    const described = descriptionOf(manifest === undefined ? undefined : resolve(cwd, manifest), file);
    const named = ModelName.safeParse(definition).success ? null : await definitionIn(resolve(cwd, definition));
    const model = named?.name ?? definition;
    const known = named ?? described.definition ?? (await definedAs(definition, registry));
    await requireRows(registry, model, known);
    const uploaded = await registry.call('uploadModelFile', {
      params: { model },
      file: { content: createReadStream(file), bytes: statSync(file).size },
    });
    screen.note(`uploaded ${basename(file)} (${format})`);
    const accepted = await registry.call('registerModel', {
      params: { model },
      body: {
        request_id: randomUUID(),
        upload: uploaded.digest,
        format,
        description: { ...described, ...(named && { definition: named }), ...(allTrees && { rounds: 'all' }) },
        auto_deploy: autoDeploy,
        ...(reason && { reason }),
      },
    });
    if (!wait) {
      screen.result(accepted, () => [
        `Registration with ${accepted.model} is requested (${accepted.request_id}). Follow it: ${ratchet('runs', accepted.model)}`,
      ]);
      return;
    }
    const run = await followRun(session, model, accepted.request_id, timeout);
    if (run.state === 'failed' || run.state === 'cancelled') session.endWith(EXIT.failed);
    const outcome = await outcomeOf(session, run, autoDeploy, timeout);
    screen.result(outcome, (colors) => outcomeLines(outcome, colors, screen.width));
  },
});
