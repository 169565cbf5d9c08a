import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { type Input, Operation } from '#http/server/operation';
import { AuditStore } from '../storage/audit-store.js';

@Controller()
export class AuditController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditStore) private readonly audit: AuditStore,
  ) {}

  @Operation('listAudit')
  list({ query: { model, before, limit } }: Input<'listAudit'>): Promise<AuditRecord[]> {
    return this.audit.latest(this.dataSource.manager, { model: model ?? null, before: before ?? null, limit });
  }

  @Operation('verifyAudit')
  verify(): Promise<AuditVerification> {
    return this.dataSource.transaction('REPEATABLE READ', (manager) => this.audit.verify(manager));
  }
}
