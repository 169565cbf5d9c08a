import type { Whoami } from '#contracts/http/access';

/** Who is signed in, and what the page may offer them. */
export type Session =
  | { kind: 'signed-out'; reason: string | null }
  /** Whether another tab is signed in. */
  | { kind: 'asking-tabs' }
  | { kind: 'checking'; token: string }
  /** `detail` is what the registry said of it, if it said anything. */
  | { kind: 'unreachable'; token: string; detail: string | null }
  | { kind: 'signed-in'; token: string; who: Whoami };

const STORED_AS = 'ratchet.token';

/** Kept by the tab alone: gone when it is closed. Another tab of this browser and origin gets it by asking. */
export function storedToken(): string | null {
  return sessionStorage.getItem(STORED_AS);
}

export function storeToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(STORED_AS);
  else sessionStorage.setItem(STORED_AS, token);
}

/** Whether this role may change anything. */
export const mayAct = (role: Whoami['role']): boolean => role !== 'viewer';
