import { Module } from '@nestjs/common';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { LabelsModule } from '../labels/labels.module.js';
import { Trials } from '../rollout/trials.js';
import { ModelsModule } from '../status/models.module.js';
import { DefinitionSource } from './definition-source.js';
import { Importance } from './importance.js';
import { Registration } from './registration.service.js';
import { Reports } from './reports.js';
import { TrainingEventsController } from './training-events.controller.js';
import { VersionReader } from './version-reader.js';
import { VersionsController } from './versions.controller.js';

/** Packages become versions, and versions can be looked at. */
@Module({
  imports: [DeploymentsModule, LabelsModule, ModelsModule],
  controllers: [TrainingEventsController, VersionsController],
  providers: [DefinitionSource, Importance, Registration, Reports, Trials, VersionReader],
})
export class VersionsModule {}
