import pg from 'pg';
import { migrate } from '#database/data-source';
import type { RunningPostgres } from '../../../deploy/local/postgres/postgres.js';

/** Has every schema, and nobody connected to it: Postgres copies it file by file in a fraction of a second. */
const TEMPLATE = 'migrated';

/** One Postgres, and in it a database of its own for each file of tests. */
export class Databases {
  private count = 0;
  private template: Promise<void> | null = null;

  constructor(private readonly server: Promise<RunningPostgres>) {}

  /** Creates a database and returns its address: with all schemas, or empty. */
  async create(kind: 'migrated' | 'empty'): Promise<string> {
    if (kind === 'migrated') {
      this.template ??= this.migrateTemplate();
      await this.template;
    }
    const name = `test_${++this.count}`;
    await this.execute(`create database ${name} ${kind === 'migrated' ? `template ${TEMPLATE}` : ''}`);
    const url = await this.urlOf(name);
    // A copy would pass for the same installation.
    if (kind === 'migrated')
      await execute(url, 'update ratchet_installation set id = gen_random_uuid(), claimed = null');
    return url;
  }

  /** Ends the sessions of whoever is still connected, too. */
  async drop(url: string): Promise<void> {
    await this.execute(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
  }

  async close(): Promise<void> {
    await (await this.server).stop();
  }

  private async migrateTemplate(): Promise<void> {
    await this.execute(`create database ${TEMPLATE}`);
    await migrate(await this.urlOf(TEMPLATE));
  }

  private async urlOf(database: string): Promise<string> {
    const url = new URL((await this.server).url);
    url.pathname = `/${database}`;
    return url.href;
  }

  private async execute(sql: string): Promise<void> {
    await execute((await this.server).url, sql);
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
