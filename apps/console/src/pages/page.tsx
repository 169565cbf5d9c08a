import { Empty } from '../components/notice.js';
import type { Route } from '../routing/route.js';
import { AuditPage } from './audit/audit-page.js';
import { DeploymentsPage } from './deployments/deployments-page.js';
import { FeedbackPage } from './feedback/feedback-page.js';
import { LivePage } from './live/live-page.js';
import { OverviewPage } from './overview/overview-page.js';
import { PageHead } from './page-head.js';
import { RunsPage } from './runs/runs-page.js';
import { ComparePage } from './versions/compare-page.js';
import { VersionPage } from './versions/version-page.js';
import { VersionsPage } from './versions/versions-page.js';

/** The page an address stands for. */
export function Page({ route }: { route: Exclude<Route, { page: 'home' }> }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage model={route.model} />;
    case 'versions':
      return <VersionsPage model={route.model} />;
    case 'version':
      return <VersionPage key={route.version} model={route.model} version={route.version} />;
    case 'compare':
      return <ComparePage model={route.model} from={route.from} to={route.to} />;
    case 'runs':
      return <RunsPage model={route.model} run={route.run} />;
    case 'live':
      return <LivePage model={route.model} />;
    case 'feedback':
      return <FeedbackPage model={route.model} />;
    case 'audit':
      return <AuditPage model={route.model} />;
    case 'deployments':
      return <DeploymentsPage model={route.model} />;
    case 'lost':
      return (
        <>
          <PageHead title="No such page" />
          <Empty title={`There is nothing at “${route.path}”`}>
            <p>Choose a page from the navigation.</p>
          </Empty>
        </>
      );
  }
}
