import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import type { Whoami } from '#contracts/http/access';
import { NoAnswer } from '#http/client/errors';
import { type Api, ApiProvider } from './api/api-context.js';
import { apiClient } from './api/client.js';
import { liveUpdates, useFollowEvents, useSignOutOnRefusal } from './api/use-live-updates.js';
import { useZone } from './format/zone.js';
import { SignIn } from './session/sign-in.js';
import { Unreachable } from './session/unreachable.js';
import { useSession } from './session/use-session.js';
import { WhoProvider } from './session/who-context.js';
import { Shell } from './shell/shell.js';

export function App() {
  const { session, signIn, signOut } = useSession();
  switch (session.kind) {
    case 'signed-out':
      return <SignIn refused={session.reason} busy={false} signIn={signIn} />;
    case 'asking-tabs':
      return <SignIn refused={null} busy={false} signIn={signIn} />;
    case 'checking':
      return <SignIn refused={null} busy signIn={signIn} />;
    case 'unreachable':
      return <Unreachable detail={session.detail} tryAgain={() => signIn(session.token)} />;
    case 'signed-in':
      return <SignedIn key={session.token} token={session.token} who={session.who} signOut={signOut} />;
  }
}

interface SignedInProps {
  token: string;
  who: Whoami;
  signOut: (reason: string | null) => void;
}

/** Everything below belongs to one token: another one starts with an empty cache. */
function SignedIn({ token, who, signOut }: SignedInProps) {
  const [{ api, cache }] = useState(() => connect(token));
  return (
    <QueryClientProvider client={cache}>
      <ApiProvider value={api}>
        <WhoProvider value={who}>
          <Following api={api} signOut={signOut} />
          <Zoned signOut={signOut} />
        </WhoProvider>
      </ApiProvider>
    </QueryClientProvider>
  );
}

/** Times are written anew where another zone is chosen. */
const Zoned = ({ signOut }: Pick<SignedInProps, 'signOut'>) => <Shell key={useZone()} signOut={() => signOut(null)} />;

function Following({ api, signOut }: { api: Api; signOut: (reason: string | null) => void }) {
  useFollowEvents(api);
  useSignOutOnRefusal(signOut);
  return null;
}

function connect(token: string): { api: Api; cache: QueryClient } {
  const client = apiClient(token);
  const cache = new QueryClient({
    defaultOptions: {
      queries: {
        // The event stream says what became stale.
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => error instanceof NoAnswer && failures < 2,
      },
    },
  });
  return { api: { client, events: liveUpdates(client, cache) }, cache };
}
