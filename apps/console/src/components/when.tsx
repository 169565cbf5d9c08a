import { useEffect, useState } from 'react';
import { absolute, relative } from '../format/time.js';

const TICK_MS = 10_000;

/** The time, renewed every few seconds while somebody looks. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** "3 min ago", with the exact time on hover. */
export function When({ at }: { at: string | null | undefined }) {
  // Not older than this rendering, which may be later than the last tick.
  useNow();
  if (at === null || at === undefined) return <span className="muted">–</span>;
  const time = new Date(at);
  return (
    <time dateTime={at} title={absolute(time)} className="nowrap">
      {relative(time, new Date())}
    </time>
  );
}
