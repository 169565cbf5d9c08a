import pg from 'pg';
import {
  DATABASE_URL_EXPECTED,
  type DatabaseAddress,
  type DatabaseHost,
  parseDatabaseUrl,
} from '#platform/database-url';
import { WatchedClient } from './silent-server.js';

/** A server that answers nothing for so long is passed over, where there is another one. */
const PATIENCE_MS = 3_000;
const TAKES_WRITES = `select not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off' as writes`;

interface SeveralHosts extends pg.ClientConfig {
  /** Two or more. */
  readonly hosts: readonly DatabaseHost[];
  readonly wanted: DatabaseAddress['wanted'];
}

/** None of the servers will do right now; another one may be promoted any moment. */
class NoServer extends Error {
  override readonly name = 'NoServer';
  readonly failureKind = 'temporary';
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || ('code' in error ? String(error.code) : error.name) : String(error);

/** The first of the servers that is what is wanted, asked anew each time: after a failover it is another one. */
async function choose({ hosts, wanted, ...config }: SeveralHosts): Promise<DatabaseHost> {
  const found: string[] = [];
  for (const each of hosts) {
    const client = new pg.Client({ ...config, ...addressed(config, each), connectionTimeoutMillis: PATIENCE_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      if (wanted === 'any') return each;
      const { rows } = await client.query<{ writes: boolean }>(TAKES_WRITES);
      if (rows[0]?.writes) return each;
      found.push(`${each.host}:${each.port} takes no writes`);
    } catch (error) {
      found.push(`${each.host}:${each.port}: ${reasonOf(error)}`);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new NoServer(`none of the servers in DATABASE_URL takes writes: ${found.join('; ')}`);
}

/** What is in the connection string counts more than what stands beside it. */
function addressed({ connectionString }: pg.ClientConfig, { host, port }: DatabaseHost): pg.ClientConfig {
  if (connectionString === undefined) return { host, port };
  const url = new URL(connectionString);
  url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  return { connectionString: url.href };
}

/**
 * A connection to whichever of several servers takes writes when it is made; pg itself knows one. Once that server is
 * gone the connection breaks, as any other does, and whoever makes the next one comes to the server that was promoted.
 */
class ChoosingClient extends WatchedClient {
  constructor(several: SeveralHosts) {
    super(several);
    const direct = async (): Promise<pg.Client> => {
      Object.assign(this, await choose(several));
      return super.connect();
    };
    // Both of pg's forms; the pool uses the second.
    const connect = (callback?: (error: Error | null, client?: pg.Client) => void): Promise<pg.Client> | undefined => {
      const connected = direct();
      if (callback === undefined) return connected;
      connected.then((client) => callback(null, client), callback);
      return undefined;
    };
    Object.assign(this, { connect });
  }
}

function addressOf(databaseUrl: string): DatabaseAddress {
  const address = parseDatabaseUrl(databaseUrl);
  if (address === null) throw new Error(`DATABASE_URL: ${DATABASE_URL_EXPECTED}`);
  return address;
}

/** A connection outside the pool, like one that listens or holds a lock. Not connected yet. */
export function clientFor(databaseUrl: string, options: pg.ClientConfig = {}): pg.Client {
  const { hosts, url, wanted } = addressOf(databaseUrl);
  const config = { connectionString: url, ...options };
  return hosts.length > 1 ? new ChoosingClient({ ...config, hosts, wanted }) : new WatchedClient(config);
}

/** The same for TypeORM's pool. */
export function poolFor(databaseUrl: string): { readonly url: string; readonly extra: object } {
  const { hosts, url, wanted } = addressOf(databaseUrl);
  return { url, extra: hosts.length > 1 ? { Client: ChoosingClient, hosts, wanted } : { Client: WatchedClient } };
}
