import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import { TuneTrials } from '#contracts/events/training';
import type { Deployment, Run, VersionDetail } from '#contracts/http/registry';
import { Backend } from '#contracts/model-definition';
import { defineCommand, modelOption, modelShape, type Session, timeoutOption, timeoutShape } from '../cli.js';
import { EXIT } from '../failure.js';
import { gateLines, toned } from '../output/gate.js';
import { count, orDash, short } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { sinceDaysShape } from './collect.js';
import { collectFromApi } from './collect-from-api.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';
import { followRun } from './follow-run.js';

/** What a run that was waited for came to. */
interface Outcome {
  readonly run: Run;
  readonly version: VersionDetail | null;
  /** Of the version, if the gate let it through and it was to be deployed. */
  readonly deployment: Deployment | null;
}

/** The gate's own deployment of a version appears a moment after its verdict. */
const DEPLOYMENT_APPEARS_MS = 10_000;

async function gateDeployment(session: Session, model: string, version: string): Promise<Deployment | null> {
  const giveUpAt = Date.now() + DEPLOYMENT_APPEARS_MS;
  for (;;) {
    const found = (await session.registry.deployments(model, 20)).find(
      (d) => d.kind === 'deploy' && d.to_version === version,
    );
    if (found || Date.now() >= giveUpAt) return found ?? null;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function outcomeOf(session: Session, run: Run, autoDeploy: boolean, timeout: number): Promise<Outcome> {
  if (run.version === null) return { run, version: null, deployment: null };
  const appeared = run.verdict === 'pass' && autoDeploy ? await gateDeployment(session, run.model, run.version) : null;
  const deployment = appeared && (await followDeployment(session, run.model, appeared, timeout));
  return { run, version: await session.registry.version(run.model, run.version), deployment };
}

function outcomeLines({ run, version, deployment }: Outcome, colors: Colors, width: number): string[] {
  if (run.state === 'failed')
    return [
      `Run ${short(run.run_id)} ${toned('failed', colors)} at ${run.stage}: ${orDash(run.failure)}`,
      ...(run.remedy ? [run.remedy] : []),
      'What is live was not touched.',
    ];
  const fate = deployment
    ? deploymentLines(deployment, colors, width)
    : [
        `${run.version} is versioned and not deployed. To deploy it: ratchet deploy --version ${run.version} --reason "…"`,
      ];
  return [
    `${colors.bold(`${run.model} ${orDash(run.version)}`)} from ${count(run.rows)} rows, ${run.backend}, run ${short(run.run_id)}`,
    '',
    ...(version?.evaluation ? [...gateLines(version.evaluation, colors, width), ''] : []),
    ...fate,
  ];
}

export const retrain = defineCommand({
  usage: 'retrain',
  summary: 'Train, judge, and deploy if the gate lets the new version through',
  description:
    'Asks for a training run. With --use-api, feedback of the last --since-days days is collected from the historical API first. With --wait, shows the progress and prints the verdict and every number of the gate: exit 0 when the run ended with a verdict, whatever it is, and 1 when it failed.',
  options: [
    modelOption(),
    new Option('--model-type <backend>', "another backend than the model definition's").choices(Backend.options),
    new Option('--since-days <n>', 'how far back to collect first; the dataset still holds everything'),
    new Option('--use-api', 'collect from the historical API first').default(false),
    new Option('--no-auto-deploy', 'version it, but do not deploy it'),
    new Option(
      '--tune <n>',
      "try n settings of the hyper-parameters, the definition's own first; keep the best on validation",
    ),
    new Option('--reason <text>', 'why; shown with the run'),
    new Option('--wait', 'wait for the verdict').default(false),
    timeoutOption(1800),
  ],
  schema: z.object({
    ...modelShape,
    ...timeoutShape,
    modelType: Backend.optional(),
    sinceDays: sinceDaysShape.optional(),
    useApi: z.boolean(),
    autoDeploy: z.boolean(),
    tune: z.coerce.number('expected a number of settings').pipe(TuneTrials).optional(),
    reason: z.string().optional(),
    wait: z.boolean(),
  }),
  examples: [
    'ratchet retrain --wait',
    'ratchet retrain --since-days 7 --use-api',
    'ratchet retrain --model-type lightgbm --no-auto-deploy --wait',
    'ratchet retrain --tune 20 --wait',
    "ratchet retrain --wait --json | jq -r '.run.verdict'",
  ],
  async run(session, { model, modelType, sinceDays, useApi, autoDeploy, tune, reason, wait, timeout }) {
    const { screen, registry } = session;
    if (useApi) {
      const { counts } = await collectFromApi(session, model, sinceDays ?? 7);
      screen.note(`collected ${count(counts.read)} records, ${count(counts.taken)} new rows`);
    }
    const accepted = await registry.retrain(model, {
      request_id: randomUUID(),
      auto_deploy: autoDeploy,
      trigger: 'cli',
      ...(modelType && { model_type: modelType }),
      ...(sinceDays && { since_days: sinceDays }),
      ...(tune && { tune }),
      ...(reason && { reason }),
    });
    if (!wait) {
      screen.result(accepted, () => [
        `Training of ${accepted.model} is requested (${accepted.request_id}). Follow it: ratchet runs`,
      ]);
      return;
    }
    const run = await followRun(session, model, accepted.request_id, timeout);
    if (run.state === 'failed') session.endWith(EXIT.failed);
    const outcome = await outcomeOf(session, run, autoDeploy, timeout);
    screen.result(outcome, (colors) => outcomeLines(outcome, colors, screen.width));
  },
});
