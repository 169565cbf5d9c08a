import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
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
  const more = useMore(bar);
  // On a phone the bar scrolls sideways: the page one is on has to be in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page decides which entry is the current one
  useEffect(() => {
    const [nav, entry] = [bar.current, bar.current?.querySelector<HTMLElement>('[aria-current="page"]')];
    // Not scrollIntoView, which also takes the keyboard there.
    if (nav && entry) nav.scrollLeft = entry.offsetLeft - (nav.clientWidth - entry.clientWidth) / 2;
  }, [page]);
  return (
    <nav className="nav" aria-label="Pages" ref={bar} data-more={more}>
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

/** At which ends of an element there is more than fits: "", "start", "end" or "start end"; the style fades them out. */
function useMore(element: RefObject<HTMLElement | null>): string {
  const [more, setMore] = useState('');
  useEffect(() => {
    const bar = element.current;
    if (bar === null) return;
    const look = (): void => {
      const hidden = bar.scrollWidth - bar.clientWidth;
      const ends = [bar.scrollLeft > 1 ? ['start'] : [], bar.scrollLeft < hidden - 1 ? ['end'] : []];
      setMore(ends.flat().join(' '));
    };
    const observer = new ResizeObserver(look);
    observer.observe(bar);
    bar.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      bar.removeEventListener('scroll', look);
    };
  }, [element]);
  return more;
}
