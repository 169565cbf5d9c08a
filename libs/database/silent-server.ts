import type { Socket } from 'node:net';
import pg from 'pg';

/** A server that was asked something and says nothing for so long is asked whether it is there. */
const SILENT_MS = 8_000;
const LOOK_EVERY_MS = 2_000;
/** It may take so long to say so. */
const ANSWER_MS = 5_000;

/** A connection, looked at from outside: a listener of its own would take the bytes away from those who read a COPY. */
interface Watched {
  readonly client: pg.Client;
  readonly socket: Socket;
  /** Bytes that had come at the last look. */
  read: number;
  /** Since when nothing comes although something was asked. */
  since: number;
}

const watched = new Set<Watched>();
let looking = false;

/**
 * A connection that breaks when its server stands still (a stopped machine, SIGSTOP, a network that swallows everything): TCP itself finds
 * that out after a quarter of an hour or never, and every query would wait so long, though another server was promoted. A query
 * that takes long is no matter: the server is asked over a connection of its own.
 */
export class WatchedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.once('connect', () => watch(this));
  }
}

function watch(client: pg.Client): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const socket: unknown = typeof connection === 'object' && connection ? Reflect.get(connection, 'stream') : null;
  if (!isSocket(socket)) return;
  const one: Watched = { client, socket, read: socket.bytesRead, since: Date.now() };
  socket.once('close', () => watched.delete(one));
  watched.add(one);
  if (!looking) lookLater();
}

const isSocket = (stream: unknown): stream is Socket =>
  typeof stream === 'object' && stream !== null && 'bytesRead' in stream && 'destroy' in stream;

/** pg says it in a field that its types leave out. */
const isAsked = (client: pg.Client): boolean => Reflect.get(client, 'readyForQuery') === false;

function look(): void {
  const now = Date.now();
  const silent: Watched[] = [];
  for (const one of watched) {
    const { bytesRead } = one.socket;
    if (bytesRead !== one.read || !isAsked(one.client)) one.since = now;
    else if (now - one.since > SILENT_MS) silent.push(one);
    one.read = bytesRead;
  }
  const servers = new Map<string, Watched[]>();
  for (const one of silent) {
    const address = `${one.client.host}:${one.client.port}`;
    servers.set(address, [...(servers.get(address) ?? []), one]);
  }
  void Promise.all([...servers.values()].map(endUnlessThere)).finally(lookLater);
}

function lookLater(): void {
  looking = watched.size > 0;
  if (looking) setTimeout(look, LOOK_EVERY_MS).unref();
}

/** Ends connections to one server if it does not answer a new one. */
async function endUnlessThere(silent: readonly Watched[]): Promise<void> {
  const [first] = silent;
  if (first === undefined || (await isThere(first.client))) {
    // It works on what it was asked; ask again only after a while.
    for (const one of silent) one.since = Date.now();
    return;
  }
  const { host, port } = first.client;
  for (const { socket } of silent)
    socket.destroy(
      new Error(`connection terminated: the server at ${host}:${port} stands still, or cannot be reached`),
    );
}

/** Any answer will do, also that there are too many connections. */
async function isThere({ host, port, user, password, database, ssl }: pg.Client): Promise<boolean> {
  const probe = new pg.Client({
    host,
    port,
    ssl,
    connectionTimeoutMillis: ANSWER_MS,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined || password === null ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError;
  } finally {
    await Promise.race([probe.end(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]).catch(
      () => undefined,
    );
  }
}
