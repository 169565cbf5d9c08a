import { Controller, Inject, StreamableFile } from '@nestjs/common';
import type { z } from 'zod';
import type { LeaseEnded, LeaseExtended, LeaseTaken } from '#contracts/http/leases';
import { type Input, Operation } from '#http/server/operation';
import { Leases } from './leases.service.js';

const REMEDY = 'Look at the log of the external trainer, then train again.';

@Controller()
export class LeasesController {
  constructor(@Inject(Leases) private readonly leases: Leases) {}

  @Operation('takeLease')
  async take({ body, principal }: Input<'takeLease'>): Promise<z.infer<typeof LeaseTaken>> {
    const { run_id: runId = null, model = null, lease_seconds: seconds } = body;
    return { lease: await this.leases.take({ runId, model, trainer: principal.name, seconds }) };
  }

  @Operation('readLeasedSnapshot')
  async rows({ params: { lease_id } }: Input<'readLeasedSnapshot'>): Promise<StreamableFile> {
    return new StreamableFile(await this.leases.rows(lease_id), { type: 'application/vnd.apache.parquet' });
  }

  @Operation('extendLease')
  async extend({ params: { lease_id }, body }: Input<'extendLease'>): Promise<z.infer<typeof LeaseExtended>> {
    return { expires_at: (await this.leases.extend(lease_id, body)).toISOString() };
  }

  @Operation('failTraining')
  async fail({
    params: { lease_id },
    body: { reason, remedy = REMEDY },
  }: Input<'failTraining'>): Promise<z.infer<typeof LeaseEnded>> {
    const { runId, model } = await this.leases.fail(lease_id, { reason, remedy });
    return { run_id: runId, model };
  }
}
