import { useMemo, useSyncExternalStore } from 'react';
import { formatRoute, parseRoute, type Route } from './route.js';

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

/** Where the address says we are; renders again when it changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/** The same page under its better address; the way back does not lead through the other. */
export function readdress(route: Route): void {
  window.location.replace(formatRoute(route));
}

export function navigate(route: Route): void {
  window.location.hash = formatRoute(route);
}
