import { Option } from 'commander';
import { z } from 'zod';
import type { Figures } from '#domain/capacity/costs';
import { MEASURED } from '#domain/capacity/measured';
import { planFor } from '#domain/capacity/plan';
import { type CommandFactory, defineCommand } from '../../cli.js';
import { planLines } from '../../plan/plan-lines.js';
import { Days, Many, Rate, RateOrNone } from '../../plan/quantity.js';

const amount = (what: string, least: number, most: number) =>
  z.coerce
    .number(`expected ${what}`)
    .int(`expected ${what}`)
    .min(least, `expected at least ${least}`)
    .max(most, `expected at most ${most}`);

/** The command, counting with these figures. */
export const planBy = (figures: Figures): CommandFactory =>
  defineCommand({
    usage: 'plan',
    summary: 'What a load needs: partitions, instances, disks, memory, and the first wall',
    description:
      'Counts from rates to partitions, instances of each service, the size of Postgres and Kafka, the memory of a training, and a rough shopping list, by what was measured (docs/scaling.md). Says what no further instance helps against, at what load that is reached, and what to do there. Asks nobody: it needs no running Ratchet.',
    options: [
      new Option('--events <rate>', 'outcomes of tasks on average, like 5000/s, 300/min, 20k/h or 1.5M/d'),
      new Option(
        '--decisions <rate>',
        'decisions that serving answers; as many as there are outcomes if left out, 0 for an engine that decides itself',
      ),
      new Option('--peak <times>', 'the busiest minutes, as a multiple of the average').default('2'),
      new Option('--features <n>', 'features of a task').default('25'),
      new Option('--models <n>', 'models that share the tasks evenly').default('1'),
      new Option('--keep <time>', 'history to plan for, like 365d or 2y: the dataset keeps all of it').default('365d'),
      new Option(
        '--raw-keep <time>',
        'raw outcomes and predictions, whose months can be detached; as long as --keep if left out',
      ),
      new Option('--topics-keep <time>', 'how long Kafka keeps messages').default('7d'),
      new Option('--retrain <time>', 'time between two trainings of a model').default('7d'),
      new Option(
        '--train-rows <n>',
        'rows that a model learns from at most (training_window), like 10M; all that is kept if left out',
      ),
      new Option('--zones <n>', 'survive the loss of one of three zones, or run on one machine')
        .choices(['1', '3'])
        .default('3'),
    ],
    schema: z.object({
      events: Rate,
      decisions: RateOrNone.optional(),
      peak: z.coerce
        .number('expected a multiple like 2')
        .min(1, 'expected at least 1, which is no peak')
        .max(1000, 'expected at most 1000'),
      features: amount('a whole number of features', 1, 10_000),
      models: amount('a whole number of models', 1, 100_000),
      keep: Days,
      rawKeep: Days.optional(),
      topicsKeep: Days,
      retrain: Days,
      trainRows: Many.optional(),
      zones: z.enum(['1', '3']),
    }),
    examples: [
      'ratchet plan --events 5000/s --keep 365d --models 20',
      'ratchet plan --events 2000/d --zones 1 --features 15',
      'ratchet plan --events 2M/d --decisions 5/s --features 40 --keep 90d --train-rows 10M',
      "ratchet plan --events 5000/s --json | jq '.walls[0]'",
    ],
    async run(
      { screen },
      { events, decisions, peak, features, models, keep, rawKeep, topicsKeep, retrain, trainRows, zones },
    ) {
      const load = {
        events,
        decisions: decisions ?? events,
        peak,
        features,
        models,
        keepDays: keep,
        rawDays: Math.min(keep, rawKeep ?? keep),
        topicDays: topicsKeep,
        retrainDays: retrain,
        trainRows: trainRows ?? null,
        zones: zones === '1' ? 1 : 3,
      } as const;
      const planned = planFor(load, figures);
      screen.result(planned, (colors) => planLines(planned, colors, screen.width));
    },
  });

export const plan = planBy(MEASURED);
