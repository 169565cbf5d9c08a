import { Module } from '@nestjs/common';
import { ModelsModule } from '../status/models.module.js';
import { RunsController } from './runs.controller.js';

/** Training runs: asked for, listed, looked into. */
@Module({
  imports: [ModelsModule],
  controllers: [RunsController],
})
export class TrainingModule {}
