import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { InstancesModule } from '../deployments/instances.module.js';
import { ModelsModule } from '../status/models.module.js';
import { PackageFindings } from './package-findings.js';
import { Reconciler } from './reconciler.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { Reconciliations } from './reconciliations.service.js';

/** What Kafka and the instances say, compared with what the registry wants. */
@Module({
  imports: [DeploymentsModule, InstancesModule, ModelsModule],
  controllers: [ReconciliationController],
  providers: [PackageFindings, Reconciler, Reconciliations],
})
export class ReconciliationModule {}
