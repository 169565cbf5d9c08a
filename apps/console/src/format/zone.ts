import { useSyncExternalStore } from 'react';

export const ZONES = ['local', 'utc'] as const;
export type Zone = (typeof ZONES)[number];

const STORED_AS = 'ratchet.zone';
const listeners = new Set<() => void>();

/** What was chosen is remembered by the browser; every time on a page asks for it, so it is read once. */
let chosen: Zone = globalThis.localStorage?.getItem(STORED_AS) === 'utc' ? 'utc' : 'local';

/** In which zone times are shown. */
export const chosenZone = (): Zone => chosen;

export function chooseZone(zone: Zone): void {
  chosen = zone;
  localStorage.setItem(STORED_AS, zone);
  for (const listener of listeners) listener();
}

export function useZone(): Zone {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosenZone);
}

/** UTC, or the name of the browser's zone, like Europe/Berlin. */
export function zoneName(zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return /^(?:Etc\/)?(?:UTC|GMT)$/.test(timeZone) ? 'UTC' : timeZone;
}
