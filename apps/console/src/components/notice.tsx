import type { ReactNode } from 'react';
import { explain } from '../api/client.js';
import { Button } from './button.js';

/** Nothing to show yet: what would be here, and how it comes to be. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="notice">
      <p className="notice-title">{title}</p>
      {children !== undefined && <div className="notice-text">{children}</div>}
    </div>
  );
}

/** It did not work: why, what to do, and a way to try again. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, detail } = explain(error);
  return (
    <div className="notice notice-bad" role="alert">
      <p className="notice-title">{title}</p>
      <p className="notice-text">{detail}</p>
      {retry !== undefined && (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Grey lines in the shape of what is coming. */
export function Waiting({ lines = 3 }: { lines?: number }) {
  return (
    <div className="waiting" role="status">
      <span className="visually-hidden">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
        <span key={line} className="waiting-line" />
      ))}
    </div>
  );
}
