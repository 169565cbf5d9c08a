import { useLayoutEffect, useRef } from 'react';
import type { RunLogLine } from '#contracts/http/runs';
import { isMissing } from '../../api/client.js';
import { useRunLog } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { absolute, seconds } from '../../format/time.js';

/** What a run said, newest at the bottom; it follows the end unless somebody has scrolled up to read. */
export function RunLog({ runId }: { runId: string }) {
  const query = useRunLog(runId);
  if (isMissing(query.error)) return null;
  return (
    <section className="run-log" aria-label={`Log of run ${runId.slice(0, 8)}`}>
      <h3>Log</h3>
      <Answer query={query} lines={3}>
        {(lines) =>
          lines.length === 0 ? (
            <p className="muted">Nothing yet. The newest 100 runs of a model keep their log.</p>
          ) : (
            <Lines lines={lines} />
          )
        }
      </Answer>
    </section>
  );
}

/** Nearer to the end than this, in pixels, counts as being there. */
const AT_THE_END = 24;

function Lines({ lines }: { lines: readonly RunLogLine[] }) {
  const frame = useRef<HTMLOListElement>(null);
  const follows = useRef(true);
  const last = lines.at(-1)?.line;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is the reason to scroll
  useLayoutEffect(() => {
    if (frame.current !== null && follows.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [last]);
  return (
    <ol
      ref={frame}
      className="log-lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - clientHeight - scrollTop < AT_THE_END;
      }}
    >
      {lines.map(({ line, at, level, stage, message }) => (
        <li key={line} className={`log-line log-${level}`}>
          <time dateTime={at} title={absolute(new Date(at))}>
            {seconds(new Date(at))}
          </time>
          <span className="log-stage">{stage}</span>
          <span className="log-message">
            {level !== 'info' && <strong>{level === 'warn' ? 'Warning: ' : 'Error: '}</strong>}
            {message}
          </span>
        </li>
      ))}
    </ol>
  );
}
