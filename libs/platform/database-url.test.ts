import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from './database-url.js';

describe('DATABASE_URL', () => {
  it.each([
    ['postgres://me:secret@db:5433/ratchet', [{ host: 'db', port: 5433 }], 'any'],
    ['postgresql://db/ratchet', [{ host: 'db', port: 5432 }], 'any'],
    ['postgres://me:secret@db/ratchet?target_session_attrs=primary', [{ host: 'db', port: 5432 }], 'read-write'],
    [
      'postgres://me:p%2Cw%40@one:5432,[::1]:5433/ratchet?sslmode=require',
      [
        { host: 'one', port: 5432 },
        { host: '::1', port: 5433 },
      ],
      'read-write',
    ],
    [
      'postgres://one,two/ratchet?target_session_attrs=any',
      [
        { host: 'one', port: 5432 },
        { host: 'two', port: 5432 },
      ],
      'any',
    ],
  ])('%s', (url, hosts, wanted) => {
    expect(parseDatabaseUrl(url)).toMatchObject({ hosts, wanted });
  });

  it('keeps what else it says, for the first server alone', () => {
    expect(parseDatabaseUrl('postgres://u:p@a:1,b:2/d?target_session_attrs=read-write&sslmode=require')?.url).toBe(
      'postgres://u:p@a:1/d?sslmode=require',
    );
    expect(parseDatabaseUrl('postgres://u:p@a:1,b:2/d?target_session_attrs=read-write')?.url).toBe(
      'postgres://u:p@a:1/d',
    );
  });

  it.each([
    'mysql://x',
    'postgres://',
    'postgres://a:1:2/d',
    'postgres://a,,b/d',
    'postgres://a:99999/d',
    'postgres://a,b/d?target_session_attrs=standby',
  ])('is refused as %s', (url) => {
    expect(parseDatabaseUrl(url)).toBeNull();
  });
});
