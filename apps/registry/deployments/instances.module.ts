import { Module } from '@nestjs/common';
import { GenerationWatchController } from './generation-watch.controller.js';
import { GenerationWatch } from './generation-watch.js';
import { ListeningTime } from './listening-time.js';
import { PresenceController } from './presence.controller.js';
import { Presence } from './presence.js';

/** Who serves, and for how long its silence has meant something. */
@Module({
  controllers: [GenerationWatchController, PresenceController],
  providers: [GenerationWatch, ListeningTime, Presence],
  exports: [GenerationWatch, ListeningTime, Presence],
})
export class InstancesModule {}
