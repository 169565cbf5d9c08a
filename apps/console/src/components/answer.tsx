import { type ReactNode, useEffect } from 'react';
import { PageHead, pageTitle } from '../pages/page-head.js';
import { Trouble, Waiting } from './notice.js';

interface AnswerProps<Body> {
  query: { data: Body | undefined; error: Error | null; refetch: () => unknown };
  children: (body: Body) => ReactNode;
  /** Lines of the placeholder. */
  lines?: number;
  /** Of a page whose head is part of the answer: it has a title also before there is one, and where there is none. */
  title?: string;
}

/** What a query answered, or that it is on its way, or why it failed. What was there stays while it is renewed. */
export function Answer<Body>({ query, children, lines = 3, title }: AnswerProps<Body>) {
  useEffect(() => {
    if (title !== undefined) document.title = pageTitle(title);
  }, [title]);
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return <Waiting lines={lines} />;
  return (
    <>
      {title !== undefined && <PageHead title={title} />}
      <Trouble error={query.error} retry={() => void query.refetch()} />
    </>
  );
}
