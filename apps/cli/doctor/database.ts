import { type DatabaseState, inspectDatabase } from '#database/inspect';
import { DATABASE_URL_EXPECTED, parseDatabaseUrl } from '#platform/database-url';
import type { Environment } from '../client/settings.js';
import { plural } from '../output/quantities.js';
import { assessClock } from './clock.js';
import { type Finding, failed, ok, reasonOf, skipped } from './finding.js';

export function assessDatabase(state: DatabaseState): Finding[] {
  const findings: Finding[] = [];
  if (state.pending.length > 0)
    findings.push(
      failed(
        'database',
        `Not run yet, of this release: ${plural(state.pending.length, 'migration')} (${state.pending.join(', ')}).`,
        'Run them: node dist/libs/database/migrate.js (npm start does it).',
      ),
    );
  else if (state.unknown.length > 0)
    findings.push(
      failed(
        'database',
        `It has migrations that this release does not know: ${state.unknown.join(', ')}.`,
        'It belongs to a newer release: run that one.',
      ),
    );
  else findings.push(ok('database', `PostgreSQL ${state.serverVersion}, up to date.`));
  return [...findings, assessClock('database', state.now, state.asked)];
}

/** What PostgreSQL's refusals mean for whoever set DATABASE_URL. */
function advice(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return 'Nothing listens there: is PostgreSQL running, and are host and port of DATABASE_URL right?';
    case 'ENOTFOUND':
      return 'There is no such host: check the host in DATABASE_URL.';
    case '28P01':
    case '28000':
      return 'Check user and password in DATABASE_URL.';
    case '3D000':
      return 'There is no such database: create it, or check the last part of DATABASE_URL.';
    case '53300':
      return 'It has no connection left: raise max_connections, or lower DATABASE_POOL_SIZE of the services.';
    default:
      return 'Check DATABASE_URL.';
  }
}

export async function checkDatabase(env: Environment, stackUrl: string | undefined): Promise<Finding[]> {
  const url = env.DATABASE_URL || stackUrl;
  if (!url)
    return [
      skipped(
        'database',
        'DATABASE_URL is not set, and npm start wrote down none.',
        'Set DATABASE_URL to what the services use.',
      ),
    ];
  const address = parseDatabaseUrl(url);
  if (address === null)
    return [failed('database', 'DATABASE_URL is no PostgreSQL address.', `DATABASE_URL: ${DATABASE_URL_EXPECTED}.`)];
  try {
    return assessDatabase(await inspectDatabase(url));
  } catch (error) {
    const servers = address.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
    return [failed('database', `${servers}${new URL(address.url).pathname}: ${reasonOf(error)}.`, advice(error))];
  }
}
