import { headline, linksOf, type News } from '../news.js';
import type { OpenChannel } from './channel.js';

const PATIENCE_MS = 5_000;

/** E-mail by SMTP. */
export const mail: OpenChannel = ({ ALERT_SMTP_URL: url, ALERT_MAIL_FROM: from, ALERT_MAIL_TO: to }) => {
  if (url === undefined || from === undefined || to === undefined) return null;
  const server = smtpServer(url);
  const secrets = server.auth === undefined ? [] : [server.auth.pass];
  return {
    name: 'mail',
    place: `${to.join(', ')} by ${server.host}:${server.port}`,
    againSeconds: null,
    secrets: [...secrets, ...secrets.map((secret) => encodeURIComponent(secret))],
    async send(news) {
      // Nobody else pays for the package.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport(server);
      try {
        await transport.sendMail(mailMessage(news, from, to));
      } finally {
        transport.close();
      }
    },
  };
};

const isHere = (host: string): boolean => host === 'localhost' || host === '[::1]' || host.startsWith('127.');

/** `smtps://` is encrypted from the first byte; a password is only sent once `smtp://` is, except on this machine. */
function smtpServer(address: string) {
  const { protocol, hostname, port, username, password } = new URL(address);
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && username !== '' && !isHere(hostname),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

/** The same news has the same Message-ID, and the end of an alert answers its beginning, so that mail programs put them together. */
export function mailMessage(news: News, from: string, to: readonly string[]) {
  const { id, firingId, status, detail, help, alert, severity, since, resolvedAt } = news;
  const domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'ratchet.invalid';
  const messageId = (of: string): string => `<ratchet-alert-${of}@${domain}>`;
  const links = linksOf(news);
  const facts = [
    `${alert}, ${severity}, since ${since.toISOString()}${resolvedAt === null ? '' : `, over ${resolvedAt.toISOString()}`}`,
  ];
  return {
    from,
    to: [...to],
    subject: `[Ratchet] ${headline(news)}`,
    messageId: messageId(id),
    ...(status === 'resolved' ? { inReplyTo: messageId(firingId), references: [messageId(firingId)] } : {}),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    ...(status === 'firing' && severity === 'critical' ? { priority: 'high' as const } : {}),
    text: [
      detail,
      '',
      `${help.words}:`,
      `  ${help.command}`,
      '',
      ...links.map(({ title, url }) => `${title}: ${url}`),
      ...(links.length > 0 ? [''] : []),
      ...facts,
      '',
    ].join('\n'),
    html: [
      `<p>${html(detail)}</p>`,
      `<p>${html(help.words)}:<br><code>${html(help.command)}</code></p>`,
      ...(links.length > 0
        ? [`<p>${links.map(({ title, url }) => `<a href="${html(url)}">${title}</a>`).join(' · ')}</p>`]
        : []),
      ...facts.map((fact) => `<p><small>${html(fact)}</small></p>`),
    ].join('\n'),
  };
}
