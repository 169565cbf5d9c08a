import { ratchet } from '#contracts/command-line';
import { useModels } from '../api/queries.js';
import { Empty, Trouble, Waiting } from '../components/notice.js';
import { ModelsPage } from '../pages/models/models-page.js';
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
  const [only, second] = names;
  // A list of one model would only be in the way.
  const shown: Route =
    route.page === 'home' && only !== undefined && second === undefined ? { page: 'overview', model: only } : route;
  const model = 'model' in shown ? shown.model : null;

  return (
    <div className="shell">
      <a className="skip" href={`${window.location.hash}`} onClick={skipToContent}>
        Skip to the content
      </a>
      <header className="side">
        <Brand />
        {(model !== null || names.length > 1) && <ModelChoice models={names} model={model} route={shown} />}
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
        ) : names.length > 0 ? (
          <ModelsPage models={models.data} />
        ) : (
          <Empty title="There is no model definition yet">
            <p>
              A model is described in a file. Add one with <code>npx {ratchet('models add FILE', null)}</code>; nothing
              is restarted.
            </p>
          </Empty>
        )}
      </main>
    </div>
  );
}

/** The address is taken by the pages, so the link moves the focus instead of the address. */
function skipToContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
