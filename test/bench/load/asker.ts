import { Connection } from './connection.js';

/** One connection that asks one thing at a time. */
export interface Asker {
  /** Whether it was answered as it should be. Rejects when the connection is lost. */
  ask(request: Buffer): Promise<boolean>;
  close(): void;
}

export async function httpAsker(host: string, port: number): Promise<Asker> {
  const connection = await Connection.open(host, port);
  return {
    ask: async (request) => (await connection.request(request)).status === 200,
    close: () => connection.close(),
  };
}
