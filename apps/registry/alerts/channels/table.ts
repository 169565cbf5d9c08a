import type { ChannelName } from '#contracts/http/alerts';
import type { RegistryConfig } from '../../config.js';
import { alertmanager } from './alertmanager.js';
import type { Channel, OpenChannel } from './channel.js';
import { mail } from './mail.js';
import { slack } from './slack.js';
import { teams } from './teams.js';
import { webhook } from './webhook.js';

/** Every way to tell people. */
const TABLE: Readonly<Record<ChannelName, OpenChannel>> = { slack, teams, mail, webhook, alertmanager };

/** Those that are configured. */
export const openChannels = (config: RegistryConfig): Channel[] =>
  Object.values(TABLE).flatMap((open) => {
    const channel = open(config);
    return channel === null ? [] : [channel];
  });
