import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** What was done, by whom, and whether the record of it is intact. */
@Module({
  controllers: [AuditController],
})
export class AuditModule {}
