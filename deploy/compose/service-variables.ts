import { z } from 'zod';
import { databaseEnv, kafkaEnv } from '#platform/config';
import { EvaluatorConfig } from '../../apps/evaluator/config.js';
import { IngestConfig } from '../../apps/feedback-ingest/config.js';
import { RegistryConfig } from '../../apps/registry/config.js';
import { ServingEnv } from '../../apps/serving/config.js';
import { TrainerConfig } from '../../apps/trainer/config.js';

/** Of every program of Node itself. */
const NODE = ['NODE_OPTIONS'];

const names = (schema: z.ZodObject): ReadonlySet<string> => new Set([...Object.keys(schema.shape), ...NODE]);

/** Environment variables that each program of the image understands, by its path below dist/. */
export const PROGRAM_VARIABLES: Readonly<Record<string, ReadonlySet<string>>> = {
  'apps/registry/main.js': names(RegistryConfig),
  'apps/serving/main.js': names(ServingEnv),
  'apps/feedback-ingest/main.js': names(IngestConfig),
  'apps/trainer/main.js': names(TrainerConfig),
  'apps/evaluator/main.js': names(EvaluatorConfig),
  'apps/sample-engine/main.js': new Set([...Object.keys(kafkaEnv), 'SERVING_TOKEN', 'LOG_LEVEL']),
  'libs/kafka/create-topics.js': new Set([...Object.keys(kafkaEnv), 'KAFKA_REPLICATION_FACTOR']),
  'libs/database/migrate.js': names(z.object(databaseEnv)),
};

/** What a program needs that has no default. */
export const NEEDED: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(PROGRAM_VARIABLES).map(([program, variables]) => [
    program,
    ['KAFKA_BROKERS', 'DATABASE_URL', 'ARTIFACTS_URL'].filter((name) => variables.has(name)),
  ]),
);
