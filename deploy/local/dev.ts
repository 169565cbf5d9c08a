import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { isBusy } from './ports.js';
import { signalGroup } from './processes/ledger.js';
import { DEFAULT_HOME, REPOSITORY } from './repository.js';
import { SERVICES, serviceEnv } from './stack/services.js';
import { readStackFile } from './stack/stack-file.js';

const USAGE = `npm run dev -- SERVICE [flags of the service]

Compiles on every change and restarts one service with it, inside the running local stack. Start that stack without it:
  npm start -- --without trainer
  npm run dev -- trainer
Services: ${SERVICES.map(({ name }) => name).join(', ')}
`;

/** The service that is meant by its own name, or by its app's (the first instance then). */
function find(name: string | undefined) {
  return SERVICES.find((service) => service.name === name) ?? SERVICES.find((service) => service.app === name);
}

async function dev(): Promise<void> {
  const [name, ...flags] = process.argv.slice(2);
  const service = find(name);
  if (!service) throw new Error(USAGE);
  const home = resolve(process.env.RATCHET_HOME || DEFAULT_HOME);
  const stack = await readStackFile(home);
  const brokers = process.env.KAFKA_BROKERS || stack?.kafka_brokers;
  const databaseUrl = process.env.DATABASE_URL || stack?.database_url;
  if (brokers === undefined || databaseUrl === undefined)
    throw new Error(
      `There is no stack in ${home}: run npm start -- --without ${service.name} first, in another terminal.`,
    );
  const port = Number(process.env[service.variable] || service.port);
  if (await isBusy(port))
    throw new Error(
      `Port ${port} is in use: the running stack has its own ${service.name}. Start it with npm start -- --without ${service.name}.`,
    );

  const compiler = [join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '--watch', '--preserveWatchOutput'];
  const program = ['--watch', '--enable-source-maps', join(REPOSITORY, 'dist/apps', service.app, 'main.js'), ...flags];
  const env = serviceEnv({ home, brokers, databaseUrl }, service.app, port);
  const children = [
    spawn(process.execPath, compiler, { cwd: REPOSITORY, stdio: ['ignore', 'inherit', 'inherit'], detached: true }),
    spawn(process.execPath, program, { cwd: REPOSITORY, stdio: ['ignore', 'inherit', 'inherit'], detached: true, env }),
  ];
  // Both are parents themselves and do not pass signals on, so their groups are told. The compiler takes its time over
  // a request, and has nothing to lose.
  const stop = (): void => {
    const [watching, running] = children;
    if (watching?.pid !== undefined) signalGroup(watching.pid, 'SIGKILL');
    if (running?.pid !== undefined) signalGroup(running.pid, 'SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  await Promise.race(children.map((child) => new Promise((done) => child.once('exit', done))));
  stop();
  await Promise.all(
    children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((done) => child.once('exit', done))),
  );
}

try {
  await dev();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
