import { createContext, type ReactNode, useContext } from 'react';
import type { Whoami } from '#contracts/http/access';
import { mayAct } from './session.js';

const WhoContext = createContext<Whoami | null>(null);

export const WhoProvider = WhoContext.Provider;

export function useWho(): Whoami {
  const who = useContext(WhoContext);
  if (who === null) throw new Error('useWho was called outside of WhoProvider');
  return who;
}

/** Shows what acts only to those who may act. The registry checks again in any case. */
export function ForOperators({ children }: { children: ReactNode }) {
  return mayAct(useWho().role) ? children : null;
}
