import type { ReactNode } from 'react';
import { formatRoute, type Route } from './route.js';

interface LinkProps {
  to: Route;
  children: ReactNode;
  className?: string | undefined;
  current?: boolean;
}

/** A real link, so that it opens in a new tab, can be copied, and works by keyboard. */
export function Link({ to, children, className, current = false }: LinkProps) {
  return (
    <a href={formatRoute(to)} className={className} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}
