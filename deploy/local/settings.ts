import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_HOME } from './repository.js';
import { SERVICES } from './services.js';

const port = (fallback: number) => z.coerce.number('expected a port number').int().min(1).max(65535).default(fallback);

/** Environment of `npm start`. An empty variable counts as unset. */
const Environment = z.object({
  RATCHET_HOME: z
    .string()
    .default(DEFAULT_HOME)
    .transform((path) => resolve(path)),
  RATCHET_KAFKA_PORT: port(9092),
  RATCHET_POSTGRES_PORT: port(5432),
  KAFKA_BROKERS: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  RATCHET_SAMPLE_ENGINE: z.enum(['on', 'off']).optional(),
  /** Further flags for the sample engine, separated by spaces. */
  RATCHET_SAMPLE_ENGINE_FLAGS: z.string().default(''),
});

const Ports = z.object(Object.fromEntries(SERVICES.map((service) => [service.variable, port(service.port)])));

export interface ServicePort {
  readonly name: (typeof SERVICES)[number]['name'];
  readonly app: string;
  readonly port: number;
  readonly variable: string;
  /** False: somebody else runs it, on this port. */
  readonly runs: boolean;
}

export interface StartSettings {
  readonly home: string;
  readonly paths: { readonly lock: string; readonly ledger: string; readonly logs: string; readonly token: string };
  readonly kafka: { readonly brokers: string } | { readonly port: number; readonly variable: string };
  readonly postgres: { readonly url: string } | { readonly port: number; readonly variable: string };
  readonly services: readonly ServicePort[];
  readonly sampleEngine: { readonly flags: readonly string[] } | null;
}

const FLAGS = { 'no-sample-engine': { type: 'boolean' }, without: { type: 'string', multiple: true } } as const;

/**
 * What `npm start` shall do, from its environment and its flags. Throws an error with one line per bad variable.
 * @param args `--no-sample-engine`; `--without NAME` leaves a service to somebody else, as often as needed.
 */
export function startSettings(environment: NodeJS.ProcessEnv, args: string[] = []): StartSettings {
  const flags = parseArgs({ args, options: FLAGS }).values;
  const without = new Set<string>(flags.without);
  for (const name of without)
    if (!SERVICES.some((service) => service.name === name))
      throw new Error(`--without ${name}: expected one of ${SERVICES.map((service) => service.name).join(', ')}`);
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const general = Environment.safeParse(present);
  const ports = Ports.safeParse(present);
  if (!general.success || !ports.success)
    throw new Error(
      [...(general.error?.issues ?? []), ...(ports.error?.issues ?? [])]
        .map(({ path, message }) => `${String(path[0])}: ${message}; it is "${present[String(path[0])]}"`)
        .join('\n'),
    );
  const values = general.data;
  const home = values.RATCHET_HOME;
  const embedded = values.KAFKA_BROKERS === undefined;
  // Against somebody's real cluster, simulated outcomes only come when asked for.
  const wish = flags['no-sample-engine'] ? 'off' : values.RATCHET_SAMPLE_ENGINE;
  const engine = (wish ?? (embedded ? 'on' : 'off')) === 'on';
  return {
    home,
    paths: {
      lock: join(home, 'run/lock.json'),
      ledger: join(home, 'run/processes.json'),
      logs: join(home, 'logs'),
      token: join(home, 'token'),
    },
    kafka:
      values.KAFKA_BROKERS === undefined
        ? { port: values.RATCHET_KAFKA_PORT, variable: 'RATCHET_KAFKA_PORT' }
        : { brokers: values.KAFKA_BROKERS },
    postgres:
      values.DATABASE_URL === undefined
        ? { port: values.RATCHET_POSTGRES_PORT, variable: 'RATCHET_POSTGRES_PORT' }
        : { url: values.DATABASE_URL },
    services: SERVICES.map(({ name, app, variable }) => ({
      name,
      app,
      variable,
      port: Number(ports.data[variable]),
      runs: !without.has(name),
    })),
    sampleEngine: engine
      ? { flags: values.RATCHET_SAMPLE_ENGINE_FLAGS.split(' ').filter((flag) => flag !== '') }
      : null,
  };
}

/** Which port is wanted for what, and the variable that moves it. */
export function wantedPorts(settings: StartSettings): { name: string; port: number; variable: string }[] {
  return [
    ...('port' in settings.kafka ? [{ name: 'Kafka', ...settings.kafka }] : []),
    ...('port' in settings.postgres ? [{ name: 'Postgres', ...settings.postgres }] : []),
    ...settings.services
      .filter(({ runs }) => runs)
      .map(({ name, port: number, variable }) => ({ name, port: number, variable })),
  ];
}

/** One sentence for a port that somebody else has. `free` is one to use instead. */
export function busyPortMessage(wanted: { name: string; port: number; variable: string }, free: number): string {
  return `Port ${wanted.port}, which ${wanted.name} needs, is in use by another program: stop that one, or start with another port: ${wanted.variable}=${free} npm start.`;
}
