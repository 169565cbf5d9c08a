import { describeAlert } from '#contracts/alerts';

/** An alert as the table has it, and what is to be told of it. */
export interface Notice {
  readonly id: string;
  readonly alert: string;
  readonly model: string;
  readonly since: Date;
  readonly detail: string;
  readonly resolved_at: Date | null;
  readonly status: 'firing' | 'resolved';
}

/** An Alertmanager forgets an alert that is not told again by then. */
export const FORGOTTEN_MS = 300_000;

const pascal = (name: string): string =>
  name
    .split('-')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');

/** Body of a webhook. `text` is what chat programs show; equal ids are the same news told again. */
export function webhookBody(notice: Notice, runbooks: string) {
  const { severity, summary, runbook } = describeAlert(notice.alert);
  const { id, alert, model, since, detail, status } = notice;
  return {
    id: `${id}-${status}`,
    status,
    alert,
    model,
    severity,
    summary,
    detail,
    since: since.toISOString(),
    resolved_at: status === 'resolved' ? (notice.resolved_at?.toISOString() ?? null) : null,
    runbook_url: `${runbooks}${runbook}`,
    text: `${status === 'resolved' ? 'Resolved' : 'Alert'}: ${summary} (${model}). ${detail}`,
  };
}

/** One alert of Alertmanager's `POST /api/v2/alerts`. */
export function alertmanagerAlert(notice: Notice, runbooks: string, now: Date) {
  const { severity, summary, runbook } = describeAlert(notice.alert);
  const { alert, model, since, detail, status } = notice;
  const ends = status === 'resolved' ? (notice.resolved_at ?? now) : new Date(now.getTime() + FORGOTTEN_MS);
  return {
    labels: { alertname: `Ratchet${pascal(alert)}`, model, severity, source: 'registry' },
    annotations: { summary, description: detail, runbook_url: `${runbooks}${runbook}` },
    startsAt: since.toISOString(),
    // Alertmanager refuses an alert that ends when it begins.
    endsAt: new Date(Math.max(ends.getTime(), since.getTime() + 1)).toISOString(),
  };
}
