import type { ChannelName } from '#contracts/http/alerts';
import type { RegistryConfig } from '../../config.js';
import type { News } from '../news.js';

/** A way to tell people, as it is configured. */
export interface Channel {
  /** Names it in the table of deliveries. */
  readonly name: ChannelName;
  /** Where it leads, for people; nothing secret. */
  readonly place: string;
  /** Tells an open alert again after this long; null for never. */
  readonly againSeconds: number | null;
  /** What must not stand in a log or an answer. */
  readonly secrets: readonly string[];
  /** Throws, with the reason, when the news did not arrive. */
  send(news: News): Promise<void>;
}

/** Null where it is not configured. */
export type OpenChannel = (config: RegistryConfig) => Channel | null;

/** Why it was not delivered, in a line, without what is secret. */
export function problemOf(error: unknown, { secrets }: Pick<Channel, 'secrets'>): string {
  const said = error instanceof Error ? error.message : String(error);
  // Node's fetch hides the reason in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  const hidden =
    cause === null ? said : `${said}: ${cause.message || ('code' in cause ? String(cause.code) : cause.name)}`;
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '…')), hidden.replace(/\s+/g, ' '))
    .slice(0, 500);
}

/** All of an address that may be a token: chats put theirs into the path. */
export function secretsOf(address: string): string[] {
  const { pathname, search, username, password } = new URL(address);
  const parts = [username, password, pathname.slice(1), search.slice(1), ...pathname.split('/')];
  return [address, ...parts.filter((part) => part.length >= 6), ...[password].filter((part) => part !== '')];
}
