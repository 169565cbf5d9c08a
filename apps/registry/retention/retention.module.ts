import { Module } from '@nestjs/common';
import { ModelsModule } from '../status/models.module.js';
import { Retention } from './retention.js';

/** Packages that nobody needs any more are removed. */
@Module({
  imports: [ModelsModule],
  providers: [Retention],
})
export class RetentionModule {}
