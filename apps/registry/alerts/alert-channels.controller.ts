import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AlertChannel, ChannelTest } from '#contracts/http/alerts';
import { type Input, Operation } from '#http/server/operation';
import type { Logger } from '#platform/logging';
import { LOGGER } from '../keys.js';
import { AlertDeliveryStore } from '../storage/alert-delivery-store.js';
import { AlertChannels } from './alert-channels.js';
import { problemOf } from './channels/channel.js';
import { testNews } from './news.js';

/** Which channels there are, and whether they work. */
@Controller()
export class AlertChannelsController {
  constructor(
    @Inject(AlertChannels) private readonly told: AlertChannels,
    @Inject(AlertDeliveryStore) private readonly deliveries: AlertDeliveryStore,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Operation('listAlertChannels')
  list(_: Input<'listAlertChannels'>): Promise<AlertChannel[]> {
    const { manager } = this.dataSource;
    return Promise.all(
      this.told.channels.map(async ({ name, place }) => ({
        channel: name,
        place,
        ...(await this.deliveries.standing(manager, name)),
      })),
    );
  }

  @Operation('testAlertChannels')
  async test({ principal }: Input<'testAlertChannels'>): Promise<ChannelTest[]> {
    const news = testNews(randomUUID(), principal.name, new Date(), this.told.links);
    const tests = await Promise.all(
      this.told.channels.map(async (channel) => {
        const problem = await channel.send(news).then(
          () => null,
          (error: unknown) => problemOf(error, channel),
        );
        return { channel: channel.name, place: channel.place, delivered: problem === null, problem };
      }),
    );
    this.logger.info({ by: principal.name, tests }, 'alert channels tested');
    return tests;
  }
}
