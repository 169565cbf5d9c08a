import { Module } from '@nestjs/common';
import { InstancesModule } from '../deployments/instances.module.js';
import { LoopMetrics } from './loop-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { ModelsModule } from './models.module.js';
import { StatusController } from './status.controller.js';
import { StatusReader } from './status.service.js';

/** How a model is doing, for people and for Prometheus. */
@Module({
  imports: [InstancesModule, ModelsModule],
  controllers: [MetricsController, StatusController],
  providers: [LoopMetrics, StatusReader],
})
export class StatusModule {}
