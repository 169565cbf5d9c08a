import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { LabelsModule } from '../labels/labels.module.js';
import { ModelsModule } from '../status/models.module.js';
import { CanaryObserver } from './canary-observer.js';
import { CanaryWatch } from './canary-watch.js';
import { RolloutController } from './rollout.controller.js';
import { Rollout } from './rollout.service.js';
import { StandingWatch } from './standing-watch.js';

/** Canaries and shadows, and what is said of a live version that does badly. */
@Module({
  imports: [DeploymentsModule, LabelsModule, ModelsModule],
  controllers: [RolloutController],
  providers: [CanaryObserver, CanaryWatch, Rollout, StandingWatch],
})
export class RolloutModule {}
