import { Controller, Get, Inject, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { AuditRecord, AuditVerification } from '#contracts/http/registry';
import { ModelName } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { AuditStore } from '../storage/audit-store.js';

const Page = z.object({
  model: ModelName.optional(),
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

@Controller('/v1/audit')
@RequiresRole('viewer')
export class AuditController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AuditStore) private readonly audit: AuditStore,
  ) {}

  @Get()
  list(@Query(zodBody(Page)) { model, before, limit }: z.infer<typeof Page>): Promise<AuditRecord[]> {
    return this.audit.latest(this.dataSource.manager, { model: model ?? null, before: before ?? null, limit });
  }

  @Get('verify')
  verify(): Promise<AuditVerification> {
    return this.dataSource.transaction('REPEATABLE READ', (manager) => this.audit.verify(manager));
  }
}
