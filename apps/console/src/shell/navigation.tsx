import { type ReactNode, useEffect, useRef } from 'react';
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
    pages: ['overview', 'deployments'],
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
  const bar = useRef<HTMLElement>(null);
  const { page } = route;
  // On a phone the bar scrolls sideways: the page one is on has to be in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page decides which entry is the current one
  useEffect(() => {
    const [nav, entry] = [bar.current, bar.current?.querySelector<HTMLElement>('[aria-current="page"]')];
    // Not scrollIntoView, which also takes the keyboard there.
    if (nav && entry) nav.scrollLeft = entry.offsetLeft - (nav.clientWidth - entry.clientWidth) / 2;
  }, [page]);
  return (
    <nav className="nav" aria-label="Pages" ref={bar}>
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
