import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, queryOf, type Route, withQuery } from './route.js';

const ROUTES: Route[] = [
  { page: 'home' },
  { page: 'overview', model: 'backlink-outcome' },
  { page: 'versions', model: 'm' },
  { page: 'version', model: 'm', version: 'v1.2.0' },
  { page: 'compare', model: 'm', from: 'v1.1.0', to: 'v1.2.0' },
  { page: 'runs', model: 'm', run: null },
  { page: 'runs', model: 'm', run: '018f6f5e-0000-7000-8000-000000000001' },
  { page: 'live', model: 'm' },
  { page: 'feedback', model: 'm' },
  { page: 'audit', model: 'm' },
  { page: 'deployments', model: 'm' },
];

describe('routes', () => {
  it.each(ROUTES)('$page survives the way into the address and back', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(['', '#', '#/'])('"%s" is home', (hash) => {
    expect(parseRoute(hash)).toEqual({ page: 'home' });
  });

  it.each(['#/m/nowhere', '#/m/versions/v1/extra', '#/m/live/x', '#/m/compare/v1', '#/%E0%A4%A', '#/a/b/c/d/e'])(
    '"%s" leads nowhere, and is kept to be shown',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ page: 'lost', path: hash.slice(1) });
    },
  );

  it('are the same with what their tables are filtered by, which is read on its own', () => {
    const hash = withQuery('#/m/versions', [
      ['versions.find', 'a? b&c'],
      ['versions.state', 'live'],
    ]);
    expect(parseRoute(hash)).toEqual({ page: 'versions', model: 'm' });
    expect([...queryOf(hash)]).toEqual([
      ['versions.find', 'a? b&c'],
      ['versions.state', 'live'],
    ]);
    expect(withQuery(hash, [])).toBe('#/m/versions');
    expect(withQuery('', [['models.find', 'x']])).toBe('#/?models.find=x');
    expect(parseRoute('#/?models.find=x')).toEqual({ page: 'home' });
  });
});
