import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';
import type { Brokers } from './brokers.js';
import type { Databases } from './databases.js';
import { type Lent, Wanted } from './loan.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Port of the lender on loopback. */
    lender: number;
  }
}

/**
 * Runs once, beside all files of tests, and lends them Kafka and Postgres. Nothing starts until somebody asks; what a file
 * borrowed comes back when its connection closes, so also when its process is killed.
 */
export default async function lend(project: TestProject): Promise<() => Promise<void>> {
  let brokers: Promise<Brokers> | null = null;
  let databases: Promise<Databases> | null = null;

  const borrow = async (wanted: Wanted): Promise<{ address: string; giveBack: () => unknown }> => {
    if (wanted === 'kafka') {
      brokers ??= openBrokers();
      const from = await brokers;
      const broker = await from.take();
      return { address: broker.brokers, giveBack: () => from.giveBack(broker) };
    }
    databases ??= openDatabases();
    const from = await databases;
    const address = await from.create(wanted);
    return { address, giveBack: () => from.drop(address).catch(() => undefined) };
  };

  const serve = async (socket: Socket): Promise<void> => {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const answer = (lent: Lent): boolean => socket.write(`${JSON.stringify(lent)}\n`);
    for await (const line of createInterface({ input: socket })) {
      try {
        const { address, giveBack } = await borrow(Wanted.parse(JSON.parse(line)));
        void closed.then(giveBack);
        answer({ address });
      } catch (error) {
        answer({ failure: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the lender has no port');
  project.provide('lender', address.port);

  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await Promise.all([(await brokers)?.close(), (await databases)?.close()]);
  };
}

// Loaded by whoever needs them first: most runs are of unit tests, which need neither.
async function openBrokers(): Promise<Brokers> {
  const [{ Brokers }, { testKafka }] = await Promise.all([import('./brokers.js'), import('../infrastructure.js')]);
  return new Brokers(() => testKafka());
}

async function openDatabases(): Promise<Databases> {
  const [{ Databases }, { testPostgres }] = await Promise.all([
    import('./databases.js'),
    import('../infrastructure.js'),
  ]);
  return new Databases(testPostgres());
}
