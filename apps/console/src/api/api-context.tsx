import { createContext, useContext } from 'react';
import type { ApiClient } from './client.js';
import type { EventStream } from './event-stream.js';

export interface Api {
  client: ApiClient;
  events: EventStream;
}

const ApiContext = createContext<Api | null>(null);

export const ApiProvider = ApiContext.Provider;

/** The API as the person who signed in; only below the sign-in. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('useApi was called outside of ApiProvider');
  return api;
}
