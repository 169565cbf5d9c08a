/**
 * A tab that is opened beside others asks them whose token they have, on a channel that only pages of this very origin, in this
 * very browser, can hear. Nothing is stored for it: when the last tab is closed, nobody answers.
 */
const CHANNEL = `ratchet.session ${window.location.pathname}`;
/** A tab answers at once; one that sleeps may as well not be there. */
const PATIENCE_MS = 300;

type Message = { readonly kind: 'wanted' } | { readonly kind: 'token' | 'signed-out'; readonly token: string };

const isMessage = (data: unknown): data is Message =>
  typeof data === 'object' &&
  data !== null &&
  'kind' in data &&
  (data.kind === 'wanted' || ('token' in data && typeof data.token === 'string'));

/** The token that another tab has; null where none answers, or where there are no such channels. */
export function tokenOfOtherTab(signal: AbortSignal): Promise<string | null> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(null);
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    const end = (token: string | null): void => {
      clearTimeout(timer);
      channel.close();
      resolve(token);
    };
    const timer = setTimeout(() => end(null), PATIENCE_MS);
    signal.addEventListener('abort', () => end(null), { once: true });
    channel.onmessage = ({ data }) => {
      if (isMessage(data) && data.kind === 'token') end(data.token);
    };
    channel.postMessage({ kind: 'wanted' } satisfies Message);
  });
}

/** Answers tabs that ask, until the returned function is called; `signedOut` when another tab signs out. */
export function shareToken(token: string, signedOut: () => void): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    if (!isMessage(data)) return;
    if (data.kind === 'wanted') channel.postMessage({ kind: 'token', token } satisfies Message);
    if (data.kind === 'signed-out' && data.token === token) signedOut();
  };
  return () => channel.close();
}

/** Who signs out in one tab is signed out in all that have the same token. */
export function tellSignedOut(token: string): void {
  if (typeof BroadcastChannel === 'undefined') return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ kind: 'signed-out', token } satisfies Message);
  channel.close();
}
