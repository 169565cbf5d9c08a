import { Readable } from 'node:stream';
import { Controller, Get, Inject, Query, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import type { DatasetSummary } from '#contracts/http/dataset';
import { DEFAULT_MODEL, ModelName } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { DatasetReport } from './dataset-report.js';

const SummaryQuery = z.object({ model: ModelName.default(DEFAULT_MODEL) });
const ExportQuery = SummaryQuery.extend({ format: z.enum(['csv', 'parquet']).default('csv') });

@Controller('/v1/dataset')
export class DatasetController {
  constructor(@Inject(DatasetReport) private readonly report: DatasetReport) {}

  @Get('summary')
  @RequiresRole('viewer')
  summary(@Query(zodBody(SummaryQuery)) { model }: z.infer<typeof SummaryQuery>): Promise<DatasetSummary> {
    return this.report.summary(model);
  }

  @Get('export')
  @RequiresRole('viewer')
  async export(@Query(zodBody(ExportQuery)) { model, format }: z.infer<typeof ExportQuery>): Promise<StreamableFile> {
    const disposition = `attachment; filename="${model}.${format}"`;
    if (format === 'csv')
      return new StreamableFile(Readable.from(this.report.csv(model)), {
        type: 'text/csv; charset=utf-8',
        disposition,
      });
    return new StreamableFile(await this.report.parquet(model), {
      type: 'application/vnd.apache.parquet',
      disposition,
    });
  }
}
