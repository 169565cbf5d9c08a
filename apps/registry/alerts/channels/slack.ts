import { headline, linksOf, type News } from '../news.js';
import { type OpenChannel, secretsOf } from './channel.js';
import { post } from './post.js';

/** Slack refuses longer ones. */
const HEADER = 150;
const SECTION = 3000;

/** An incoming webhook of a Slack channel: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: OpenChannel = ({ ALERT_SLACK_URL: url }) =>
  url === undefined
    ? null
    : {
        name: 'slack',
        place: new URL(url).host,
        againSeconds: null,
        secrets: secretsOf(url),
        send: (news) => post(url, slackMessage(news)),
      };

/** The three characters that mean something to Slack. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const within = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

const SIGNS = { critical: ':red_circle:', warning: ':large_yellow_circle:' } as const;
const sign = ({ status, severity }: News): string =>
  status === 'firing' ? SIGNS[severity] : status === 'resolved' ? ':large_green_circle:' : ':bell:';

/** `text` is what the notification on a telephone shows; blocks are the message. */
export function slackMessage(news: News) {
  const { detail, help, alert, severity } = news;
  const links = linksOf(news).map(({ title, url }) => `<${escaped(url)}|${title}>`);
  const mrkdwn = (text: string) => ({ type: 'mrkdwn', text: within(text, SECTION) });
  return {
    text: `${sign(news)} ${escaped(`${headline(news)}. ${detail}`)}`,
    unfurl_links: false,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: within(`${sign(news)} ${headline(news)}`, HEADER), emoji: true },
      },
      { type: 'section', text: mrkdwn(escaped(detail)) },
      { type: 'section', text: mrkdwn(`${escaped(help.words)}: \`${escaped(help.command)}\``) },
      { type: 'context', elements: [mrkdwn([`${alert}, ${severity}`, ...links].join('  ·  '))] },
    ],
  };
}
