import { connect } from 'node:net';

const PATIENCE_MS = 5_000;

/** Host and port of each master of a standalone cluster; none for other kinds of clusters, which Spark finds by itself. */
export const mastersOf = (master: string): { host: string; port: number }[] =>
  master.startsWith('spark://')
    ? master
        .slice('spark://'.length)
        .split(',')
        .map((address) => {
          const colon = address.lastIndexOf(':');
          return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
        })
    : [];

/** Whether one of the masters takes connections; asked first, as Spark itself would try for a minute and then tell in a stack trace. */
export async function isReachable(master: string): Promise<boolean> {
  const masters = mastersOf(master);
  if (masters.length === 0) return true;
  const answers = await Promise.all(masters.map(takesConnections));
  return answers.includes(true);
}

const takesConnections = ({ host, port }: { host: string; port: number }): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
