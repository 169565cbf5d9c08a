import { type ReactNode, useId } from 'react';

interface CardProps {
  title: string;
  /** Stands at the right of the title: a link, a button, a small remark. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Content goes to the edges: tables. */
  flush?: boolean;
}

export function Card({ title, aside, children, className = '', flush = false }: CardProps) {
  const heading = useId();
  return (
    <section className={`card ${flush ? 'card-flush' : ''} ${className}`} aria-labelledby={heading}>
      <header className="card-head">
        <h2 id={heading}>{title}</h2>
        {aside !== undefined && <div className="card-aside">{aside}</div>}
      </header>
      <div className="card-body">{children}</div>
    </section>
  );
}
