/** Everywhere the console can be, as it stands behind the # of the address. */
export type Route =
  | { page: 'home' }
  | { page: 'overview'; model: string }
  | { page: 'versions'; model: string }
  | { page: 'version'; model: string; version: string }
  | { page: 'compare'; model: string; from: string; to: string }
  | { page: 'runs'; model: string; run: string | null }
  | { page: 'live'; model: string }
  | { page: 'feedback'; model: string }
  | { page: 'audit'; model: string }
  | { page: 'deployments'; model: string }
  | { page: 'lost'; path: string };

export type RouteOf<Page extends Route['page']> = Extract<Route, { page: Page }>;

/** "#/backlink-outcome/versions/v1.2.0" → what it names; anything else is "lost", never an error. */
export function parseRoute(hash: string): Route {
  const [path = ''] = hash.replace(/^#/, '').split('?');
  const parts = segments(path);
  if (parts === null) return { page: 'lost', path };
  const [model, page = 'overview', detail, extra, ...rest] = parts;
  if (model === undefined) return { page: 'home' };
  if (rest.length > 0) return { page: 'lost', path };
  if (page === 'compare' && detail !== undefined && extra !== undefined)
    return { page, model, from: detail, to: extra };
  if (extra !== undefined) return { page: 'lost', path };
  if (page === 'versions') return detail === undefined ? { page, model } : { page: 'version', model, version: detail };
  if (page === 'runs') return { page, model, run: detail ?? null };
  if (detail !== undefined) return { page: 'lost', path };
  if (page === 'overview' || page === 'live' || page === 'feedback' || page === 'audit' || page === 'deployments')
    return { page, model };
  return { page: 'lost', path };
}

/** The address of a route, the inverse of {@link parseRoute}. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case 'home':
      return '#/';
    case 'lost':
      return `#${route.path}`;
    case 'overview':
      return address(route.model);
    case 'version':
      return address(route.model, 'versions', route.version);
    case 'compare':
      return address(route.model, 'compare', route.from, route.to);
    case 'runs':
      return route.run === null ? address(route.model, 'runs') : address(route.model, 'runs', route.run);
    default:
      return address(route.model, route.page);
  }
}

/** What stands behind the ? of an address: how its tables are filtered. */
export const queryOf = (hash: string): URLSearchParams => new URLSearchParams(hash.split('?').slice(1).join('?'));

export function withQuery(hash: string, query: [string, string][]): string {
  const [page = ''] = hash.split('?');
  const asked = new URLSearchParams(query).toString();
  return `${page === '' ? '#/' : page}${asked === '' ? '' : `?${asked}`}`;
}

const address = (...parts: string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

function segments(path: string): string[] | null {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}
