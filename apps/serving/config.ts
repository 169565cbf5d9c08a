import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { artifactsEnv, homeEnv, httpEnv, kafkaEnv } from '#platform/config';

const megabytes = z.coerce.number('expected a number of megabytes').int().min(16).max(65_536);
const count = z.coerce.number('expected a number').int().min(0);

export const ServingEnv = z.object({
  ...httpEnv(7410),
  ...kafkaEnv,
  ...artifactsEnv,
  ...homeEnv,
  /** Where gRPC is answered; nowhere if left out. */
  GRPC_PORT: z.coerce.number('expected a port number').int().min(0).max(65535).optional(),
  /** Names this instance in heartbeats and acknowledgements; must be its own and stay the same when it restarts. */
  INSTANCE_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'expected letters, digits and . _ : - like "serving-1"')
    .optional(),
  /** Where others reach this instance; http://HOST:PORT if left out. */
  ADVERTISED_URL: z.url('expected an address like http://serving-1:7410').optional(),
  /** Whether answers go to the topic `predictions`. */
  PREDICTION_LOG: z.enum(['on', 'off'], 'expected on or off').default('on'),
  /** Predictions that wait for Kafka at most; more are dropped and counted. */
  PREDICTION_LOG_LIMIT: count.default(50_000),
  /** Share of the decisions in which any possible action is taken, each alike; in place of what the models' definitions say. */
  EXPLORATION_RATE: z.coerce
    .number('expected a share from 0 to 0.5')
    .min(0, 'expected a share from 0 to 0.5')
    .max(0.5, 'expected a share from 0 to 0.5')
    .optional(),
  /** Largest body of a decide request and of an infer request, in bytes; more is answered with 413. */
  DECIDE_BODY_LIMIT: count.default(64 * 1024),
  INFER_BODY_LIMIT: count.default(32 * 1024 * 1024),
  /** Rows of an infer request at most; a batch holds up everybody else while it is evaluated. */
  MAX_BATCH_ROWS: count.default(10_000),
  /** Probabilities in the answer to an infer request at most, rows × classes or actions; in JSON each takes about 20 bytes. */
  MAX_ANSWER_VALUES: count.default(1_000_000),
  /** Predictions a second at most, over all callers; more are answered with 429. 0 for no limit. */
  RATE_LIMIT: count.default(0),
  /** How long the head and body of a request may take to arrive. */
  REQUEST_TIMEOUT_MS: count.default(10_000),
  /** Processes that answer, on one port and as one instance; each has the models in memory. */
  SERVING_WORKERS: z.coerce
    .number('expected a number of processes from 1 to 64')
    .int('expected a number of processes from 1 to 64')
    .min(1, 'expected a number of processes from 1 to 64')
    .max(64, 'expected a number of processes from 1 to 64')
    .default(1),
  /** Memory of the thread that loads packages; a package that needs more is refused with out-of-memory. */
  LOADER_MEMORY_MB: megabytes.default(1024),
  /** How long a stopping instance goes on answering, so that callers and load balancers move away. */
  DRAIN_MS: count.max(20_000).default(500),
  /** Names, roles and hashes of tokens, for instances bound beyond loopback; see docs/serving.md. */
  TOKENS_FILE: z.string().min(1).optional(),
});

export type ServingEnv = z.infer<typeof ServingEnv>;

export interface ServingConfig extends ServingEnv {
  readonly instance: string;
  readonly url: string;
  /** Only this machine reaches the instance, so that nobody needs a token. */
  readonly loopback: boolean;
  /** This instance's own folder. */
  readonly folder: string;
  readonly tokensFiles: readonly string[];
}

export const SERVING_CONFIG = Symbol('SERVING_CONFIG');

export function servingConfig(env: ServingEnv): ServingConfig {
  const everywhere = env.HOST === '0.0.0.0' || env.HOST === '::';
  const host = everywhere ? hostname() : env.HOST;
  const authority = host.includes(':') ? `[${host}]` : host;
  // With port 0 the system chooses one, which says nothing about who we are.
  const instance =
    env.INSTANCE_ID ?? (env.PORT === 0 ? `${host}-${randomBytes(4).toString('hex')}` : `${authority}:${env.PORT}`);
  return {
    ...env,
    instance,
    url: env.ADVERTISED_URL ?? `http://${authority}:${env.PORT}`,
    loopback: env.HOST === 'localhost' || env.HOST === '::1' || /^127\./.test(env.HOST),
    folder: join(env.RATCHET_HOME, 'serving', instance.replace(/[^A-Za-z0-9._-]/g, '_')),
    tokensFiles: [...(env.TOKENS_FILE ? [env.TOKENS_FILE] : []), join(env.RATCHET_HOME, 'tokens.json')],
  };
}
