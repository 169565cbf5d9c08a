import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_HOME } from '../repository.js';
import { SERVICES } from './services.js';

const anyPort = z.coerce.number('expected a port number').int().min(1).max(65535);
const port = (fallback: number) => anyPort.default(fallback);

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
const GrpcPorts = z.object(
  Object.fromEntries(
    SERVICES.flatMap((service) => ('grpcVariable' in service ? [[service.grpcVariable, anyPort.optional()]] : [])),
  ),
);

export interface ServicePort {
  readonly name: (typeof SERVICES)[number]['name'];
  readonly app: string;
  readonly port: number;
  readonly variable: string;
  /** Where it answers gRPC, if it does. */
  readonly grpc: { readonly port: number; readonly variable: string } | null;
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
  const grpcPorts = GrpcPorts.safeParse(present);
  if (present.GRPC_PORT !== undefined)
    throw new Error(
      `GRPC_PORT: both serving instances would get it, and a port is one program's; start with RATCHET_SERVING_GRPC_PORT=${present.GRPC_PORT} npm start instead (RATCHET_SERVING_2_GRPC_PORT for serving-2)`,
    );
  if (!general.success || !ports.success || !grpcPorts.success)
    throw new Error(
      [...(general.error?.issues ?? []), ...(ports.error?.issues ?? []), ...(grpcPorts.error?.issues ?? [])]
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
    services: SERVICES.map((service) => {
      const { name, app, variable } = service;
      const grpcVariable = 'grpcVariable' in service ? service.grpcVariable : undefined;
      const grpcPort = grpcVariable && grpcPorts.data[grpcVariable];
      return {
        name,
        app,
        variable,
        port: Number(ports.data[variable]),
        grpc: grpcPort === undefined ? null : { port: Number(grpcPort), variable: String(grpcVariable) },
        runs: !without.has(name),
      };
    }),
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
      .flatMap(({ name, port: number, variable, grpc }) => [
        { name, port: number, variable },
        ...(grpc ? [{ name: `gRPC of ${name}`, ...grpc }] : []),
      ]),
  ];
}

/** One sentence for a port that somebody else has. `free` is one to use instead. */
export function busyPortMessage(wanted: { name: string; port: number; variable: string }, free: number): string {
  return `Port ${wanted.port}, which ${wanted.name} needs, is in use by another program: stop that one, or start with another port: ${wanted.variable}=${free} npm start.`;
}
