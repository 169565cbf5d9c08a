import { type ReactNode, useEffect, useRef } from 'react';

interface PageHeadProps {
  title: string;
  /** Beside the title: its state. */
  mark?: ReactNode;
  /** One line under it. */
  lead?: ReactNode;
  /** What can be done here. */
  actions?: ReactNode;
}

export const pageTitle = (title: string): string => `${title} · Ratchet`;

let firstPage = true;

/** What had the focus goes away, as with the form one signs in by: the page that comes has it. */
export function focusNextPage(): void {
  firstPage = false;
}

/** The heading of a page. Going to another page moves the focus here, as loading a page would. */
export function PageHead({ title, mark, lead, actions }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = pageTitle(title);
    if (!firstPage) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    firstPage = false;
  }, [title]);
  return (
    <header className="page-head">
      <div className="page-head-text">
        <div className="page-head-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {mark}
        </div>
        {lead !== undefined && <div className="page-head-lead">{lead}</div>}
      </div>
      {actions !== undefined && <div className="page-head-actions">{actions}</div>}
    </header>
  );
}
