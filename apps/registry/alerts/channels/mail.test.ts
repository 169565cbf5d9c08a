import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { RegistryConfig } from '../../config.js';
import { resolved, told } from '../news.fixture.js';
import { problemOf } from './channel.js';
import { openChannels } from './table.js';

interface Letter {
  readonly from: string | false | undefined;
  readonly to: readonly string[];
  readonly text: string;
}

let server: SMTPServer | undefined;
afterEach(() => new Promise<void>((done) => (server === undefined ? done() : server.close(done))));

/** A real SMTP server on this machine, and what it was given. */
async function post(options: SMTPServerOptions = {}): Promise<{ port: number; letters: Letter[] }> {
  const letters: Letter[] = [];
  const started = new SMTPServer({
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'ratchet' && password === 'pa$$word'
        ? done(null, { user: username })
        : done(new Error(`${password} is not it`)),
    onData(stream, { envelope }, done) {
      void buffer(stream).then((bytes) => {
        letters.push({
          from: envelope.mailFrom === false ? false : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          text: bytes.toString(),
        });
        done();
      });
    },
    logger: false,
    ...options,
  });
  server = started;
  started.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listening = started.listen(0, '127.0.0.1', () => {
      const address = listening.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return { port, letters };
}

function mailBy(url: string) {
  const [channel] = openChannels(
    RegistryConfig.parse({
      KAFKA_BROKERS: '127.0.0.1:9092',
      DATABASE_URL: 'postgres://ratchet@127.0.0.1/ratchet',
      ARTIFACTS_URL: 'file:///artifacts',
      ALERT_SMTP_URL: url,
      ALERT_MAIL_FROM: 'Ratchet <ratchet@example.org>',
      ALERT_MAIL_TO: 'ops@example.org,ada@example.org',
    }),
  );
  if (channel === undefined) throw new Error('no channel');
  return channel;
}

const PLAIN: SMTPServerOptions = { disabledCommands: ['STARTTLS'], allowInsecureAuth: true };

describe('e-mail', () => {
  it('goes to everybody, with subject, text, command and links; the end answers the beginning', async () => {
    const { port, letters } = await post(PLAIN);
    const mail = mailBy(`smtp://ratchet:pa%24%24word@127.0.0.1:${port}`);
    await mail.send(told());
    await mail.send(told(resolved));
    const [begins, ends] = letters;
    expect(begins).toMatchObject({ from: 'ratchet@example.org', to: ['ops@example.org', 'ada@example.org'] });
    expect(begins?.text).toContain('Subject: [Ratchet] Alert: Inputs no longer look like the training data');
    expect(begins?.text).toContain('Message-ID: <ratchet-alert-7-firing@example.org>');
    expect(begins?.text).toContain('ratchet status --model churn');
    expect(begins?.text).toContain('https://ratchet.example.org/#/churn');
    expect(begins?.text).toContain('v1.2.0 sees &lt;other&gt; inputs &amp; more');
    expect(ends?.text).toContain('Subject: [Ratchet] Resolved: ');
    expect(ends?.text).toContain('In-Reply-To: <ratchet-alert-7-firing@example.org>');
  });

  it('says why a password was not taken, and not the password', async () => {
    const { port } = await post(PLAIN);
    const mail = mailBy(`smtp://ratchet:wr%6fng-word@127.0.0.1:${port}`);
    const error: unknown = await mail.send(told()).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(problemOf(error, mail)).toContain('535');
    expect(problemOf(error, mail)).not.toContain('wrong-word');
  });

  it('is not given to a server whose certificate nobody vouches for', async () => {
    const { port, letters } = await post();
    await expect(mailBy(`smtp://127.0.0.1:${port}`).send(told())).rejects.toThrow(/certificate/);
    expect(letters).toEqual([]);
  });

  it('gives no password to another machine that offers no encryption', async () => {
    let asked = 0;
    const { port, letters } = await post({
      ...PLAIN,
      onAuth: (_auth, _session, done) => {
        asked++;
        done(null, { user: 'ratchet' });
      },
    });
    // This machine, by an address that does not say so.
    await expect(mailBy(`smtp://ratchet:pa%24%24word@0.0.0.0:${port}`).send(told())).rejects.toThrow(/TLS/);
    expect({ asked, letters }).toEqual({ asked: 0, letters: [] });
  });

  it('says that nobody listens', async () => {
    const { port } = await post(PLAIN);
    await new Promise<void>((done) => server?.close(done));
    server = undefined;
    await expect(mailBy(`smtp://127.0.0.1:${port}`).send(told())).rejects.toThrow('ECONNREFUSED');
  });
});
