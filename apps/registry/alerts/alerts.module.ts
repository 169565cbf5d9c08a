import { Module } from '@nestjs/common';
import { AlertDelivery } from './alert-delivery.js';
import { AlertUpkeep } from './alert-upkeep.js';
import { StreamAlerts } from './stream-alerts.js';

/** Alerts on their way to people, and those that end by themselves. */
@Module({
  providers: [AlertDelivery, AlertUpkeep, StreamAlerts],
})
export class AlertsModule {}
