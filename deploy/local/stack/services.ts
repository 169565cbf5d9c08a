import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Child, goneAs, launch } from '../processes/child.js';
import type { Ledger } from '../processes/ledger.js';
import type { Program } from '../processes/supervisor.js';
import { REPOSITORY } from '../repository.js';
import { until } from '../until.js';

/**
 * Every service process of the local stack: name, app, default port and the variable that changes it. gRPC has no port
 * unless its own variable gives one.
 */
export const SERVICES = [
  { name: 'registry', app: 'registry', port: 7400, variable: 'RATCHET_REGISTRY_PORT' },
  {
    name: 'serving-1',
    app: 'serving',
    port: 7410,
    variable: 'RATCHET_SERVING_PORT',
    grpcVariable: 'RATCHET_SERVING_GRPC_PORT',
  },
  {
    name: 'serving-2',
    app: 'serving',
    port: 7411,
    variable: 'RATCHET_SERVING_2_PORT',
    grpcVariable: 'RATCHET_SERVING_2_GRPC_PORT',
  },
  { name: 'feedback-ingest', app: 'feedback-ingest', port: 7420, variable: 'RATCHET_FEEDBACK_INGEST_PORT' },
  { name: 'trainer', app: 'trainer', port: 7430, variable: 'RATCHET_TRAINER_PORT' },
  { name: 'evaluator', app: 'evaluator', port: 7440, variable: 'RATCHET_EVALUATOR_PORT' },
] as const;
const Readiness = z.object({ checks: z.array(z.object({ name: z.string(), reason: z.string().optional() })) });

export type ServiceName = (typeof SERVICES)[number]['name'];

export interface StackParts {
  /** RATCHET_HOME, absolute. */
  readonly home: string;
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly ledger?: Ledger | undefined;
  /** Milliseconds until a started service must be ready. */
  readonly deadlineMs?: number;
  /** The built tree that services are run from; this one if left out. */
  readonly tree?: string | undefined;
}

/**
 * How much memory a service takes that needs little: left to itself, V8 lets garbage pile up to a share of the machine's
 * memory before it collects. Room for what is young spares feedback-ingest copying a batch about while it is written.
 */
const NODE_OPTIONS: Readonly<Record<string, string>> = {
  'feedback-ingest': '--max-old-space-size=192 --max-semi-space-size=32',
};

function nodeOptions(app: string): NodeJS.ProcessEnv {
  const options = NODE_OPTIONS[app];
  if (options === undefined) return {};
  // What the parent asks for comes last and wins.
  return { NODE_OPTIONS: `${options} ${process.env.NODE_OPTIONS ?? ''}`.trim() };
}

/** Everything a service is told. The parent's own variables come first, so that LOG_LEVEL and the like reach it. */
export function serviceEnv(
  { home, brokers, databaseUrl, tree = REPOSITORY }: StackParts,
  app: string,
  port: number,
  extra: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  return {
    MODELS_DIR: join(tree, 'deploy/models'),
    ARTIFACTS_URL: pathToFileURL(join(home, 'artifacts')).href,
    // From Node 22.1 on, what was compiled once is kept beside it.
    NODE_COMPILE_CACHE: join(tree, 'dist/.compiled'),
    ...process.env,
    ...nodeOptions(app),
    RATCHET_HOME: home,
    KAFKA_BROKERS: brokers,
    // Serving answers without a database, so it is not given one.
    DATABASE_URL: app === 'serving' ? '' : databaseUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    ...extra,
  };
}

/** What keeps a service from being ready, in its own words. */
function inTheWay(status: number, body: string): string {
  try {
    const { checks } = Readiness.parse(JSON.parse(body));
    return checks.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`])).join('; ');
  } catch {
    return `${status} ${body.slice(0, 500)}`;
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5000) });
  if (response.ok) return true;
  throw new Error(inTheWay(response.status, await response.text()));
}

/** A service as a program for the supervisor: started from dist/, usable when /health/ready says so. */
export function serviceProgram(
  parts: StackParts,
  service: { readonly name: ServiceName; readonly app: string; readonly port: number },
  extra?: NodeJS.ProcessEnv,
): Program {
  const url = `http://127.0.0.1:${service.port}`;
  const { tree = REPOSITORY } = parts;
  return {
    name: service.name,
    tier: 'service',
    async start(signal): Promise<Child> {
      const child = await launch({
        name: service.name,
        command: process.execPath,
        args: ['--enable-source-maps', join(tree, 'dist/apps', service.app, 'main.js')],
        env: serviceEnv(parts, service.app, service.port, { INSTANCE_ID: service.name, ...extra }),
        cwd: tree,
        logFile: join(parts.home, 'logs', `${service.name}.log`),
        tier: 'service',
        // Longer than a service gives itself, so that it ends by its own rules.
        graceMs: 30_000,
        ledger: parts.ledger,
      });
      try {
        await until(`${service.name} to be ready at ${url}/health/ready`, () => isReady(url), {
          deadlineMs: parts.deadlineMs ?? 120_000,
          hopeless: goneAs(child),
          signal,
        });
      } catch (error) {
        await child.stop();
        throw error;
      }
      return child;
    },
  };
}
