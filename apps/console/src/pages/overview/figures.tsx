import type { ReactNode } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import { useAccuracy, useDatasetGrowth } from '../../api/queries.js';
import { Growth } from '../../charts/growth.js';
import { Sparkline } from '../../charts/sparkline.js';
import { VerdictBadge } from '../../components/badge.js';
import { useNow, When } from '../../components/when.js';
import { count, percent, percentRange, plural, points, shortDigest } from '../../format/numbers.js';
import { duration } from '../../format/time.js';
import { Link } from '../../routing/link.js';
import { accuracyNow, accuracySeries, beginningOf, bucketWidth } from '../../state/accuracy.js';
import { newThisWeek } from '../../state/growth.js';
import { warmOn } from '../../state/rollback-targets.js';

/** Live accuracy is drawn over a week, as far as "now" goes back at most. */
export const RECENT_DAYS = 7;
const DAY = 86_400_000;
const WEEKS_SHOWN = 12;

interface FigureProps {
  title: string;
  value: ReactNode;
  detail: ReactNode;
  children?: ReactNode;
}

function Figure({ title, value, detail, children }: FigureProps) {
  return (
    <section className="figure">
      <h2>{title}</h2>
      <p className="figure-value">{value}</p>
      <div className="figure-detail">{detail}</div>
      {children}
    </section>
  );
}

/** Live version, accuracy, dataset, last run: one figure each. */
export function Figures({ status }: { status: ModelStatus }) {
  return (
    <div className="figures">
      <LiveVersion status={status} />
      <Accuracy status={status} />
      <Dataset status={status} />
      <LastRun status={status} />
    </div>
  );
}

function LiveVersion({ status }: { status: ModelStatus }) {
  const { model, live, live_since, generation, versions } = status;
  const now = useNow();
  const back = status.rollback_to ?? null;
  return (
    <Figure
      title="Live version"
      value={
        live === null ? 'none' : <Link to={{ page: 'version', model, version: live.version }}>{live.version}</Link>
      }
      detail={
        <>
          <p>
            Generation {generation}
            {live_since !== null && ` · live for ${duration(now.getTime() - Date.parse(live_since))}`}
          </p>
          <p className="muted">
            {live !== null && (
              <>
                <code title={live.digest}>{shortDigest(live.digest)}</code> ·{' '}
              </>
            )}
            {plural(versions, 'version')}
          </p>
        </>
      }
    >
      {back !== null && (
        <p className="way-back muted">
          Way back: {back.version}, {warmth(warmOn(status, back.version), status.instances.length)}
        </p>
      )}
    </Figure>
  );
}

const warmth = (warm: number, all: number): string => (warm === all ? 'warm everywhere' : `warm on ${warm} of ${all}`);

function Accuracy({ status: { model, live, accuracy } }: { status: ModelStatus }) {
  const today = useNow();
  const { data = [] } = useAccuracy(model, RECENT_DAYS, today);
  const version = live?.version ?? '';
  const now = accuracyNow(accuracy);
  if (now === null)
    return (
      <Figure
        title="Accuracy now"
        value="–"
        detail={
          <p>
            No outcome of {version === '' ? 'a live version' : version} is known yet. It is judged as outcomes of its
            decisions arrive.
          </p>
        }
      />
    );
  const difference = now.reference === null ? null : now.accuracy - now.reference;
  const from = beginningOf(data, new Date(today.getTime() - RECENT_DAYS * DAY), today);
  const series = accuracySeries(data, bucketWidth(today.getTime() - from.getTime(), 40));
  const own = series.find((one) => one.version === version)?.segments.flat() ?? [];
  return (
    <Figure
      title="Accuracy now"
      value={percent(now.accuracy)}
      detail={
        <>
          <p>
            {now.reference === null ? (
              'No reference yet'
            ) : (
              <>
                Reference {percent(now.reference)} · <span className={toneOf(now)}>{points(difference)}</span>
              </>
            )}
          </p>
          <p className="muted">
            last {count(now.outcomes)} outcomes: {percentRange(now.low, now.high)}
          </p>
        </>
      }
    >
      <Sparkline values={own.map(({ accuracy }) => accuracy)} reference={now.reference} />
    </Figure>
  );
}

/** The default of the definition's `monitoring.accuracy_drop`: from here on it is a drop. */
const DROP = 0.05;

/** A colour only for what chance does not explain: the reference lies outside the interval. */
function toneOf({ accuracy, low, high, reference }: NonNullable<ReturnType<typeof accuracyNow>>): string {
  if (reference === null || (low <= reference && reference <= high)) return '';
  if (accuracy > reference) return 'tone-good';
  return reference - accuracy >= DROP ? 'tone-bad' : 'tone-warn';
}

function Dataset({ status: { model, dataset_rows } }: { status: ModelStatus }) {
  const { data = [] } = useDatasetGrowth(model);
  // Rows and growth of one answer, so that the one is never older than the other.
  const last = data.at(-1);
  const now = useNow();
  const added = last === undefined ? null : newThisWeek(last, now);
  return (
    <Figure
      title="Dataset"
      value={
        <>
          {count(last?.rows ?? dataset_rows)} <span className="figure-unit">rows</span>
        </>
      }
      detail={
        <>
          <p>{added === null ? 'No growth known yet' : `+${count(added)} this week`}</p>
          <p className="muted">one row per task, last attempt</p>
        </>
      }
    >
      <Growth weeks={data.slice(-WEEKS_SHOWN)} height={44} />
    </Figure>
  );
}

function LastRun({ status: { model, last_run: run } }: { status: ModelStatus }) {
  if (run === null) return <Figure title="Last run" value="–" detail={<p>Nothing was trained yet.</p>} />;
  const at = run.finished_at ?? run.started_at ?? run.queued_at;
  return (
    <Figure
      title="Last run"
      value={<Link to={{ page: 'runs', model, run: run.run_id }}>{run.version ?? run.state}</Link>}
      detail={
        <>
          <p>
            {run.verdict === null ? (run.failure ?? run.message) : <VerdictBadge verdict={run.verdict} />}{' '}
            <span className="muted">
              <When at={at} />
            </span>
          </p>
          <p className="muted">
            {run.rows === null ? run.backend : `${run.backend} on ${count(run.rows)} rows`} · {run.trigger}
          </p>
        </>
      }
    />
  );
}
