import { Module } from '@nestjs/common';
import { ModelsModule } from '../status/models.module.js';
import { LabelsController } from './labels.controller.js';
import { Labels } from './labels.service.js';
import { VersionNames } from './version-names.js';

/** What people call versions, and say of them. */
@Module({
  imports: [ModelsModule],
  controllers: [LabelsController],
  providers: [Labels, VersionNames],
  exports: [VersionNames],
})
export class LabelsModule {}
