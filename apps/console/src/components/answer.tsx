import type { ReactNode } from 'react';
import { Trouble, Waiting } from './notice.js';

interface AnswerProps<Body> {
  query: { data: Body | undefined; error: Error | null; refetch: () => unknown };
  children: (body: Body) => ReactNode;
  /** Lines of the placeholder. */
  lines?: number;
}

/** What a query answered, or that it is on its way, or why it failed. What was there stays while it is renewed. */
export function Answer<Body>({ query, children, lines = 3 }: AnswerProps<Body>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Trouble error={query.error} retry={() => void query.refetch()} />;
  return <Waiting lines={lines} />;
}
