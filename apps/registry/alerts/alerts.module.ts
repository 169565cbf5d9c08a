import { Module } from '@nestjs/common';
import { AlertChannelsController } from './alert-channels.controller.js';
import { AlertChannels } from './alert-channels.js';
import { AlertDelivery } from './alert-delivery.js';
import { AlertUpkeep } from './alert-upkeep.js';
import { StreamAlerts } from './stream-alerts.js';

/** Alerts on their way to people, and those that end by themselves. */
@Module({
  controllers: [AlertChannelsController],
  providers: [AlertChannels, AlertDelivery, AlertUpkeep, StreamAlerts],
})
export class AlertsModule {}
