import { headline, linksOf, type News } from '../news.js';
import { type OpenChannel, secretsOf } from './channel.js';
import { post } from './post.js';

/** A webhook of a Microsoft Teams workflow ("Post to a channel when a webhook request is received"), which shows an Adaptive Card. */
export const teams: OpenChannel = ({ ALERT_TEAMS_URL: url }) =>
  url === undefined
    ? null
    : {
        name: 'teams',
        place: new URL(url).host,
        againSeconds: null,
        secrets: secretsOf(url),
        send: (news) => post(url, teamsMessage(news)),
      };

const colour = ({ status, severity }: News): string =>
  status === 'resolved' ? 'Good' : status === 'test' ? 'Accent' : severity === 'critical' ? 'Attention' : 'Warning';

/** Card texts are Markdown; what was reported is shown as it was. */
const literal = (text: string): string => text.replaceAll(/[\\`*_[\]]/g, '\\$&');

/** A message of one Adaptive Card 1.4: https://adaptivecards.io/explorer/ */
export function teamsMessage(news: News) {
  const { detail, help, alert, model, severity, since, resolvedAt } = news;
  const fact = (title: string, value: string | null) => (value === null ? [] : [{ title, value }]);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: `${headline(news)}. ${detail}`,
          body: [
            {
              type: 'TextBlock',
              text: literal(headline(news)),
              size: 'Medium',
              weight: 'Bolder',
              color: colour(news),
              wrap: true,
            },
            { type: 'TextBlock', text: literal(detail), wrap: true },
            {
              type: 'FactSet',
              facts: [
                ...fact('Alert', `${alert}, ${severity}`),
                ...fact('Model', model),
                ...fact('Since', since.toISOString()),
                ...fact('Over', resolvedAt?.toISOString() ?? null),
              ],
            },
            { type: 'TextBlock', text: `${help.words}:`, wrap: true, isSubtle: true, spacing: 'Medium' },
            { type: 'TextBlock', text: literal(help.command), fontType: 'Monospace', wrap: true, spacing: 'None' },
          ],
          actions: linksOf(news).map(({ title, url }) => ({ type: 'Action.OpenUrl', title, url })),
        },
      },
    ],
  };
}
