import { Module } from '@nestjs/common';
import { InstancesModule } from '../deployments/instances.module.js';
import { DeploymentListener } from './deployment-listener.js';
import { EventFeed } from './event-feed.js';
import { EventsController } from './events.controller.js';
import { KafkaEventsController } from './kafka-events.controller.js';

/** What happens, for those who follow it. */
@Module({
  imports: [InstancesModule],
  controllers: [EventsController, KafkaEventsController],
  providers: [DeploymentListener, EventFeed],
})
export class EventsModule {}
