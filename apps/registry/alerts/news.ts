import { describeAlert } from '#contracts/alerts';
import { ratchet } from '#contracts/command-line';

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

/** What links in news begin with. */
export interface Links {
  /** Where people open the console, ending in a slash; null if it is not known. */
  readonly console: string | null;
  /** What a runbook's file name is appended to. */
  readonly runbooks: string;
}

/** What is told of an alert, whichever way. */
export interface News {
  /** Equal for the same news told again. */
  readonly id: string;
  /** What the beginning of the same alert was told as. */
  readonly firingId: string;
  readonly status: 'firing' | 'resolved' | 'test';
  readonly alert: string;
  /** Null for a test. */
  readonly model: string | null;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly since: Date;
  readonly resolvedAt: Date | null;
  readonly runbookUrl: string;
  readonly consoleUrl: string | null;
  /** What helps, and what to type for it. */
  readonly help: { readonly words: string; readonly command: string };
}

export function newsOf(notice: Notice, links: Links): News {
  const { severity, summary, runbook, help } = describeAlert(notice.alert);
  const { id, alert, model, since, detail, status } = notice;
  return {
    id: `${id}-${status}`,
    firingId: `${id}-firing`,
    status,
    alert,
    model,
    severity,
    summary,
    detail,
    since,
    // One that came back before it was told is not over.
    resolvedAt: status === 'resolved' ? notice.resolved_at : null,
    runbookUrl: `${links.runbooks}${runbook}`,
    consoleUrl: links.console === null ? null : `${links.console}#/${encodeURIComponent(model)}`,
    help: { words: help.words, command: help.command(model) },
  };
}

/** What an operator sends to see whether alerts would arrive. */
export function testNews(id: string, by: string, now: Date, links: Links): News {
  return {
    id: `test-${id}`,
    firingId: `test-${id}`,
    status: 'test',
    alert: 'test',
    model: null,
    severity: 'warning',
    summary: 'Alerts of Ratchet arrive here',
    detail: `${by} asked for this test; nothing is wrong.`,
    since: now,
    resolvedAt: null,
    runbookUrl: `${links.runbooks}notifications.md`,
    consoleUrl: links.console,
    help: { words: 'Which channels there are', command: ratchet('alerts channels', null) },
  };
}

const WORDS = { firing: 'Alert', resolved: 'Resolved', test: 'Test' } as const;

/** "Alert: Retraining failed (churn)": the line that a person sees first. */
export const headline = ({ status, summary, model }: News): string =>
  `${WORDS[status]}: ${summary}${model === null ? '' : ` (${model})`}`;

/** Addresses that a person can open, with what they are called. A path of the repository is none. */
export const linksOf = ({ consoleUrl, runbookUrl }: News): { title: string; url: string }[] =>
  [
    { title: 'Open the console', url: consoleUrl ?? '' },
    { title: 'What to do', url: runbookUrl },
  ].filter(({ url }) => /^https?:\/\//.test(url));
