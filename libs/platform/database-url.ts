/** One server of DATABASE_URL. */
export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

/** What DATABASE_URL says. */
export interface DatabaseAddress {
  /** In the order in which they are tried. */
  readonly hosts: readonly DatabaseHost[];
  /** With the first host alone, as everybody understands it. */
  readonly url: string;
  /** Whether the server must take writes; `any` takes the first that answers. */
  readonly wanted: 'any' | 'read-write';
}

export const DATABASE_URL_EXPECTED =
  'expected postgres://user:password@host:port/database, with several servers host1:port1,host2:port2 and perhaps ?target_session_attrs=read-write';

const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^@/?]+)(\/[^?]*)?(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\],]+)(?::(\d{1,5}))?$/;
const ATTRIBUTE = 'target_session_attrs';
const WANTED: Readonly<Record<string, DatabaseAddress['wanted']>> = {
  any: 'any',
  'read-write': 'read-write',
  primary: 'read-write',
};

/**
 * Reads a PostgreSQL address as libpq does, with several servers separated by commas
 * (https://www.postgresql.org/docs/current/libpq-connect.html). Null for what is none. Where there are several and nothing else is
 * said, the one that takes writes is meant: every service writes.
 */
export function parseDatabaseUrl(databaseUrl: string): DatabaseAddress | null {
  const [, head, list, path = '', query = ''] = PARTS.exec(databaseUrl) ?? [];
  if (head === undefined || list === undefined) return null;
  const hosts: DatabaseHost[] = [];
  for (const each of list.split(',')) {
    const [, host, port = '5432'] = HOST.exec(each) ?? [];
    if (host === undefined || Number(port) > 65_535) return null;
    hosts.push({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
  }
  const parameters = new URLSearchParams(query);
  const attribute = parameters.get(ATTRIBUTE);
  const wanted = attribute === null ? (hosts.length > 1 ? 'read-write' : 'any') : WANTED[attribute];
  if (wanted === undefined) return null;
  parameters.delete(ATTRIBUTE);
  const rest = parameters.size > 0 ? `?${parameters}` : '';
  const url = `${head}${list.split(',')[0]}${path}${rest}`;
  return URL.canParse(url) ? { hosts, url, wanted } : null;
}
