import { once } from 'node:events';
import { connect } from 'node:net';
import { inject } from 'vitest';
import { Lent, type Wanted } from './loan.js';

async function borrow(wanted: Wanted): Promise<{ readonly address: string; giveBack(): void }> {
  const socket = connect({ port: inject('lender'), host: '127.0.0.1' });
  socket.setEncoding('utf8').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`${JSON.stringify(wanted)}\n`);
  let received = '';
  while (!received.endsWith('\n')) {
    const [data] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [null])]);
    if (typeof data !== 'string') throw new Error(`${wanted} cannot be borrowed: the run of the tests has ended`);
    received += data;
  }
  const answer = Lent.parse(JSON.parse(received));
  if ('failure' in answer) {
    socket.destroy();
    throw new Error(`${wanted} cannot be borrowed: ${answer.failure}`);
  }
  // The open connection is the loan; it must not keep a process from ending.
  socket.unref();
  return { address: answer.address, giveBack: () => socket.destroy() };
}

/** An empty Kafka that no other file uses at the same time. It must not be stopped, paused or killed. */
export async function borrowKafka(): Promise<{ readonly brokers: string; stop(): Promise<void> }> {
  const { address, giveBack } = await borrow('kafka');
  return { brokers: address, stop: async () => giveBack() };
}

/** A database of the file's own, with all schemas or empty, on a Postgres that others use too. */
export async function borrowDatabase(
  kind: 'migrated' | 'empty',
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { address, giveBack } = await borrow(kind);
  return { url: address, stop: async () => giveBack() };
}
