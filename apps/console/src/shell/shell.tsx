import { useModels } from '../api/queries.js';
import { Empty, Trouble, Waiting } from '../components/notice.js';
import { Page } from '../pages/page.js';
import type { Route } from '../routing/route.js';
import { useRoute } from '../routing/use-route.js';
import { Account } from './account.js';
import { Brand } from './brand.js';
import { ConnectionBanner } from './connection-banner.js';
import { ModelChoice } from './model-choice.js';
import { Navigation } from './navigation.js';

/** The frame around every page. */
export function Shell({ signOut }: { signOut: () => void }) {
  const route = useRoute();
  const models = useModels();
  const names = models.data?.map(({ model }) => model) ?? [];
  const model = modelOf(route) ?? names[0] ?? null;
  const shown: Route = route.page === 'home' && model !== null ? { page: 'overview', model } : route;

  return (
    <div className="shell">
      <a className="skip" href={`${window.location.hash}`} onClick={skipToContent}>
        Skip to the content
      </a>
      <header className="side">
        <Brand />
        {model !== null && <ModelChoice models={names} model={model} route={shown} />}
        {model !== null && <Navigation model={model} route={shown} />}
        <Account signOut={signOut} />
      </header>
      <main className="main" id="content" tabIndex={-1}>
        <ConnectionBanner />
        {shown.page !== 'home' ? (
          <Page route={shown} />
        ) : models.error !== null && models.data === undefined ? (
          <Trouble error={models.error} retry={() => void models.refetch()} />
        ) : models.data === undefined ? (
          <Waiting lines={6} />
        ) : (
          <Empty title="There is no model definition yet">
            <p>
              A model is a file in <code>deploy/models</code>. Put one there and restart the registry; “npx ratchet
              doctor” says what it found.
            </p>
          </Empty>
        )}
      </main>
    </div>
  );
}

function modelOf(route: Route): string | null {
  return 'model' in route ? route.model : null;
}

/** The address is taken by the pages, so the link moves the focus instead of the address. */
function skipToContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
