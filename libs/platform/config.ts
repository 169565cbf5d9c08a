import { resolve } from 'node:path';
import { z } from 'zod';
import { DATABASE_URL_EXPECTED, parseDatabaseUrl } from './database-url.js';
import { kafkaEnv, kafkaSettingProblems } from './kafka-settings.js';

/** Exit code of a service whose configuration is wrong (EX_CONFIG of sysexits.h): restarting it will not help. */
export const EXIT_BAD_CONFIG = 78;

const port = z.coerce.number('expected a port number').int().min(0).max(65535);

/** Where a service listens. Loopback unless told otherwise. */
export const httpEnv = (defaultPort: number) => ({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(defaultPort),
  /** How long the head and the body of a request may take to arrive; a body that is streamed, to move on. */
  REQUEST_TIMEOUT_MS: z.coerce.number('expected milliseconds').int().min(10).max(3_600_000).default(30_000),
});

export const databaseEnv = {
  DATABASE_URL: z.string(DATABASE_URL_EXPECTED).refine((url) => parseDatabaseUrl(url) !== null, DATABASE_URL_EXPECTED),
  /** Connections this process holds at most. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(4).max(200).default(10),
};

export const artifactsEnv = {
  ARTIFACTS_URL: z.string().regex(/^(file:\/\/\/|s3:\/\/[^/]+)/, 'expected file:///folder or s3://bucket/prefix'),
  S3_ENDPOINT: z.url('expected an address like http://127.0.0.1:9000').optional(),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
  S3_REGION: z.string().default('us-east-1'),
  /** A request to S3 that moves no byte for this long is given up, and made once more. */
  S3_TIMEOUT_SECONDS: z.coerce.number('expected seconds').min(0.1).max(600).default(10),
  /** The longest that reading an object, or writing one or a part of one, may take in all. */
  S3_TRANSFER_SECONDS: z.coerce.number('expected seconds').min(0.1).max(3600).default(120),
};

export const homeEnv = {
  RATCHET_HOME: z
    .string()
    .min(1)
    .default('.ratchet')
    .transform((path) => resolve(path)),
  /** The folder of model definitions. */
  MODELS_DIR: z
    .string()
    .min(1)
    .default('deploy/models')
    .transform((path) => resolve(path)),
  /** Where traces are sent by OTLP over HTTP; nowhere if left out. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url('expected an address like http://127.0.0.1:4318').optional(),
  /** Share of the traces that is recorded. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('expected a share from 0 to 1')
    .min(0, 'expected a share from 0 to 1')
    .max(1, 'expected a share from 0 to 1')
    .default(1),
  /** A consumer that hears nothing for so long although a broker answers makes its process not alive. */
  DEAF_SECONDS: z.coerce.number('expected a number of seconds').min(15, 'expected at least 15').default(120),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

export type ArtifactsEnv = z.infer<z.ZodObject<typeof artifactsEnv>>;
export type HttpEnv = z.infer<z.ZodObject<ReturnType<typeof httpEnv>>>;

/** One line per bad variable: its name, what was expected, and what was there (never a secret's value). */
export function describeConfigProblems(error: z.ZodError, env: NodeJS.ProcessEnv): string[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    const value = env[name];
    const found =
      value === undefined
        ? 'it is not set'
        : /PASSWORD|SECRET|TOKEN|URL/.test(name)
          ? 'it is set to something else'
          : `it is "${value}"`;
    return `${name}: ${issue.message}; ${found}`;
  });
}

/**
 * Reads a service's settings from the environment. Empty variables count as unset. On a bad value it prints what was
 * expected and ends the process with {@link EXIT_BAD_CONFIG}.
 */
export function loadConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv = process.env): z.infer<S> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(present);
  const problems = parsed.success ? kafkaProblems(present) : describeConfigProblems(parsed.error, env);
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const line of problems) process.stderr.write(`configuration: ${line}\n`);
  process.exit(EXIT_BAD_CONFIG);
}

/** Where there is a cluster to connect to: whether its settings fit together. */
function kafkaProblems(env: NodeJS.ProcessEnv): string[] {
  const kafka = z.object(kafkaEnv).safeParse(env);
  return kafka.success ? kafkaSettingProblems(kafka.data) : [];
}

export { type KafkaEnv, kafkaEnv } from './kafka-settings.js';
