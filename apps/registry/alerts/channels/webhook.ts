import { headline, type News } from '../news.js';
import { type OpenChannel, secretsOf } from './channel.js';
import { post } from './post.js';

/** A webhook of one's own: JSON whose `text` chat programs show. */
export const webhook: OpenChannel = ({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_TOKEN: token }) =>
  url === undefined
    ? null
    : {
        name: 'webhook',
        place: new URL(url).host,
        againSeconds: null,
        secrets: [...secretsOf(url), ...(token === undefined ? [] : [token])],
        send: (news) =>
          post(url, webhookBody(news), {
            'idempotency-key': news.id,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          }),
      };

export function webhookBody(news: News) {
  const { id, status, alert, model, severity, summary, detail, since, resolvedAt, runbookUrl, consoleUrl, help } = news;
  return {
    id,
    status,
    alert,
    model,
    severity,
    summary,
    detail,
    since: since.toISOString(),
    resolved_at: resolvedAt?.toISOString() ?? null,
    runbook_url: runbookUrl,
    console_url: consoleUrl,
    command: help.command,
    text: `${headline(news)}. ${detail}`,
  };
}
