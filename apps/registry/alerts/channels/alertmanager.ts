import type { News } from '../news.js';
import { type OpenChannel, secretsOf } from './channel.js';
import { post } from './post.js';

const AGAIN_SECONDS = 60;
/** An Alertmanager forgets an alert that is not told again by then. */
export const FORGOTTEN_MS = 300_000;
const TEST_MS = 60_000;

/** An Alertmanager, which tells others. */
export const alertmanager: OpenChannel = ({ ALERTMANAGER_URL: url }) =>
  url === undefined
    ? null
    : {
        name: 'alertmanager',
        place: new URL(url).host,
        againSeconds: AGAIN_SECONDS,
        secrets: secretsOf(url),
        send: (news) => post(`${url.replace(/\/+$/, '')}/api/v2/alerts`, [alertmanagerAlert(news, new Date())]),
      };

const pascal = (name: string): string =>
  name
    .split('-')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');

function endOf({ status, resolvedAt }: News, now: Date): Date {
  if (status === 'resolved') return resolvedAt ?? now;
  return new Date(now.getTime() + (status === 'test' ? TEST_MS : FORGOTTEN_MS));
}

/** One alert of Alertmanager's `POST /api/v2/alerts`. */
export function alertmanagerAlert(news: News, now: Date) {
  const { alert, model, severity, summary, detail, since, runbookUrl, consoleUrl, help } = news;
  return {
    labels: {
      alertname: `Ratchet${pascal(alert)}`,
      ...(model === null ? {} : { model }),
      severity,
      source: 'registry',
    },
    annotations: { summary, description: detail, runbook_url: runbookUrl, command: help.command },
    startsAt: since.toISOString(),
    // Alertmanager refuses an alert that ends when it begins.
    endsAt: new Date(Math.max(endOf(news, now).getTime(), since.getTime() + 1)).toISOString(),
    ...(consoleUrl === null ? {} : { generatorURL: consoleUrl }),
  };
}
