import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { z } from 'zod';
import { TrainingEngine } from '#contracts/backends';
import { ratchet } from '#contracts/command-line';
import { TuneTrials } from '#contracts/events/training';
import { Backend } from '#contracts/model-definition';
import { defineCommand, modelOption, modelShape, timeoutOption, timeoutShape } from '../../cli.js';
import { EXIT } from '../../failure.js';
import { count } from '../../output/quantities.js';
import { sinceDaysShape } from '../data/collect.js';
import { collectFromApi } from '../data/collect-from-api.js';
import { followRun } from './follow-run.js';
import { outcomeLines, outcomeOf } from './run-outcome.js';

export const retrain = defineCommand({
  usage: 'retrain',
  summary: 'Train, judge, and deploy if the gate lets the new version through',
  description:
    'Asks for a training run. With --use-api, feedback of the last --since-days days is collected from the historical API first. With --wait, shows the progress and prints the verdict and every number of the gate: exit 0 when the run ended with a verdict, whatever it is, and 1 when it failed.',
  options: [
    modelOption(),
    new Option('--model-type <backend>', "another backend than the model definition's").choices(Backend.options),
    new Option(
      '--engine <engine>',
      'who trains: spark submits it to a cluster, external leaves it to trainers outside',
    ).choices(TrainingEngine.options),
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
    engine: TrainingEngine.optional(),
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
    'ratchet retrain --engine spark --wait',
    'ratchet retrain --engine external --wait',
    "ratchet retrain --wait --json | jq -r '.run.verdict'",
  ],
  async run(session, { model, modelType, engine, sinceDays, useApi, autoDeploy, tune, reason, wait, timeout }) {
    const { screen, registry } = session;
    if (useApi) {
      const { counts } = await collectFromApi(session, model, sinceDays ?? 7);
      screen.note(`collected ${count(counts.read)} records, ${count(counts.taken)} new rows`);
    }
    const accepted = await registry.call('requestTraining', {
      params: { model },
      body: {
        request_id: randomUUID(),
        auto_deploy: autoDeploy,
        trigger: 'cli',
        ...(modelType && { model_type: modelType }),
        ...(engine && { engine }),
        ...(sinceDays && { since_days: sinceDays }),
        ...(tune && { tune }),
        ...(reason && { reason }),
      },
    });
    if (!wait) {
      screen.result(accepted, () => [
        `Training of ${accepted.model} is requested (${accepted.request_id}). Follow it: ${ratchet('runs', accepted.model)}`,
      ]);
      return;
    }
    const run = await followRun(session, model, accepted.request_id, timeout);
    if (run.state === 'failed' || run.state === 'cancelled') session.endWith(EXIT.failed);
    const outcome = await outcomeOf(session, run, autoDeploy, timeout);
    screen.result(outcome, (colors) => outcomeLines(outcome, colors, screen.width));
  },
});
