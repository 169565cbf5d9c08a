import { Module } from '@nestjs/common';
import { ModelsModule } from '../status/models.module.js';
import { AuditController } from './audit.controller.js';

/** What was done, by whom, and whether the record of it is intact. */
@Module({
  imports: [ModelsModule],
  controllers: [AuditController],
})
export class AuditModule {}
