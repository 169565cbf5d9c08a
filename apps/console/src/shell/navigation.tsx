import type { ReactNode } from 'react';
import { AuditIcon, FeedbackIcon, LiveIcon, OverviewIcon, RunsIcon, VersionsIcon } from '../components/icons.js';
import { Link } from '../routing/link.js';
import type { Route } from '../routing/route.js';

interface Entry {
  label: string;
  icon: ReactNode;
  to: (model: string) => Route;
  /** The pages that count as being here. */
  pages: readonly Route['page'][];
}

const ENTRIES: readonly Entry[] = [
  {
    label: 'Overview',
    icon: <OverviewIcon />,
    to: (model) => ({ page: 'overview', model }),
    pages: ['overview'],
  },
  {
    label: 'Versions',
    icon: <VersionsIcon />,
    to: (model) => ({ page: 'versions', model }),
    pages: ['versions', 'version', 'compare'],
  },
  { label: 'Runs', icon: <RunsIcon />, to: (model) => ({ page: 'runs', model, run: null }), pages: ['runs'] },
  { label: 'Live', icon: <LiveIcon />, to: (model) => ({ page: 'live', model }), pages: ['live'] },
  { label: 'Feedback', icon: <FeedbackIcon />, to: (model) => ({ page: 'feedback', model }), pages: ['feedback'] },
  { label: 'Audit', icon: <AuditIcon />, to: (model) => ({ page: 'audit', model }), pages: ['audit'] },
];

export function Navigation({ model, route }: { model: string; route: Route }) {
  return (
    <nav className="nav" aria-label="Pages">
      <ul>
        {ENTRIES.map(({ label, icon, to, pages }) => (
          <li key={label}>
            <Link to={to(model)} className="nav-link" current={pages.includes(route.page)}>
              {icon}
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
