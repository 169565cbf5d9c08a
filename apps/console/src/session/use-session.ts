import { useCallback, useEffect, useState } from 'react';
import { NoAnswer, Refused } from '#http/client/errors';
import { apiClient, explain } from '../api/client.js';
import { shareToken, tellSignedOut, tokenOfOtherTab } from './other-tabs.js';
import { type Session, storedToken, storeToken } from './session.js';

export interface SessionControl {
  session: Session;
  signIn: (token: string) => void;
  signOut: (reason: string | null) => void;
}

/** The session of this tab: asks the registry who the token belongs to before anything else is shown. */
export function useSession(): SessionControl {
  const [session, setSession] = useState<Session>(() => {
    const token = storedToken();
    return token === null ? { kind: 'asking-tabs' } : { kind: 'checking', token };
  });

  const signIn = useCallback((token: string) => setSession({ kind: 'checking', token }), []);
  const forget = useCallback((reason: string | null) => {
    storeToken(null);
    setSession({ kind: 'signed-out', reason });
  }, []);
  const signOut = useCallback(
    (reason: string | null) => {
      const token = storedToken();
      forget(reason);
      if (token !== null) tellSignedOut(token);
    },
    [forget],
  );

  const asking = session.kind === 'asking-tabs';
  useEffect(() => {
    if (!asking) return;
    const over = new AbortController();
    void tokenOfOtherTab(over.signal).then((token) => {
      if (over.signal.aborted) return;
      setSession(token === null ? { kind: 'signed-out', reason: null } : { kind: 'checking', token });
    });
    return () => over.abort();
  }, [asking]);

  const shared = session.kind === 'signed-in' ? session.token : null;
  useEffect(() => {
    if (shared === null) return;
    // A tab hears itself, too: what it has said of why it is signed out stays.
    return shareToken(shared, () => storedToken() !== null && forget(null));
  }, [shared, forget]);

  const checking = session.kind === 'checking' ? session.token : null;
  useEffect(() => {
    if (checking === null) return;
    const over = new AbortController();
    void check(checking, over.signal).then((next) => {
      if (over.signal.aborted) return;
      storeToken(next.kind === 'signed-out' ? null : checking);
      setSession(next);
    });
    return () => over.abort();
  }, [checking]);

  return { session, signIn, signOut };
}

async function check(token: string, signal: AbortSignal): Promise<Session> {
  try {
    return { kind: 'signed-in', token, who: await apiClient(token).call('whoAmI', {}, signal) };
  } catch (error) {
    const { detail } = explain(error);
    // Only the registry's word on the token ends the session; that it cannot answer now says nothing about the token.
    return error instanceof Refused && (error.status === 401 || error.status === 403)
      ? { kind: 'signed-out', reason: detail }
      : { kind: 'unreachable', token, detail: error instanceof NoAnswer ? null : detail };
  }
}
