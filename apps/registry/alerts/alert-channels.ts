import { Inject, Injectable } from '@nestjs/common';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import type { Channel } from './channels/channel.js';
import { openChannels } from './channels/table.js';
import type { Links } from './news.js';

/** The ways to tell people that are configured, and what links in news begin with. */
@Injectable()
export class AlertChannels {
  readonly channels: readonly Channel[];
  readonly links: Links;

  constructor(@Inject(REGISTRY_CONFIG) config: RegistryConfig) {
    this.channels = openChannels(config);
    this.links = { console: consoleUrl(config), runbooks: config.RUNBOOKS_URL };
  }
}

/** Unless it is said where people open the console, it is known only where they sit at this machine. */
function consoleUrl({ CONSOLE_URL, HOST, PORT }: RegistryConfig): string | null {
  if (CONSOLE_URL !== undefined) return CONSOLE_URL;
  return HOST === '127.0.0.1' && PORT !== 0 ? `http://127.0.0.1:${PORT}/` : null;
}
