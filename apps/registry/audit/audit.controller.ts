import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { type Input, Operation } from '#http/server/operation';
import { ModelDirectory } from '../status/model-directory.js';
import { AuditStore } from '../storage/audit-store.js';

@Controller()
export class AuditController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
  ) {}

  @Operation('listAudit')
  async list({ query: { model, general, before, limit } }: Input<'listAudit'>): Promise<AuditRecord[]> {
    const about = { model: model ?? null, general: general === 'true', before: before ?? null, limit };
    const records = await this.audit.latest(this.dataSource.manager, about);
    // There are records of models that nobody has defined here.
    if (model !== undefined && !records.some((record) => record.model === model)) await this.models.expect(model);
    return records;
  }

  @Operation('verifyAudit')
  verify(): Promise<AuditVerification> {
    return this.dataSource.transaction('REPEATABLE READ', (manager) => this.audit.verify(manager));
  }
}
