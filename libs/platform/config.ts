import { resolve } from 'node:path';
import { z } from 'zod';

/** Exit code of a service whose configuration is wrong (EX_CONFIG of sysexits.h): restarting it will not help. */
export const EXIT_BAD_CONFIG = 78;

const flag = z
  .enum(['true', 'false', '1', '0'], 'expected true or false')
  .transform((value) => value === 'true' || value === '1');

const port = z.coerce.number('expected a port number').int().min(0).max(65535);

/** Where a service listens. Loopback unless told otherwise. */
export const httpEnv = (defaultPort: number) => ({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(defaultPort),
});

export const kafkaEnv = {
  KAFKA_BROKERS: z
    .string('expected host:port, several separated by commas')
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'expected host:port, several separated by commas')
    .transform((value) => value.split(',')),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_TLS: flag.default(false),
  /** PEM files; without a CA the system's own are used. */
  KAFKA_TLS_CA_FILE: z.string().optional(),
  KAFKA_TLS_CERT_FILE: z.string().optional(),
  KAFKA_TLS_KEY_FILE: z.string().optional(),
};

export const databaseEnv = {
  DATABASE_URL: z
    .string('expected postgres://user:password@host:port/database')
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://user:password@host:port/database'),
  /** Connections this process holds at most. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
};

export const artifactsEnv = {
  ARTIFACTS_URL: z.string().regex(/^(file:\/\/\/|s3:\/\/[^/]+)/, 'expected file:///folder or s3://bucket/prefix'),
  S3_ENDPOINT: z.url('expected an address like http://127.0.0.1:9000').optional(),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
  S3_REGION: z.string().default('us-east-1'),
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
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

export type KafkaEnv = z.infer<z.ZodObject<typeof kafkaEnv>>;
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
  if (parsed.success) return parsed.data;
  for (const line of describeConfigProblems(parsed.error, env)) process.stderr.write(`configuration: ${line}\n`);
  process.exit(EXIT_BAD_CONFIG);
}
