import { Readable } from 'node:stream';
import { Controller, Inject, StreamableFile } from '@nestjs/common';
import type { DatasetSummary } from '#contracts/http/dataset';
import { type Input, Operation } from '#http/server/operation';
import { DatasetReport } from './dataset-report.js';

@Controller()
export class DatasetController {
  constructor(@Inject(DatasetReport) private readonly report: DatasetReport) {}

  @Operation('summariseDataset')
  summary({ query: { model } }: Input<'summariseDataset'>): Promise<DatasetSummary> {
    return this.report.summary(model);
  }

  @Operation('exportDataset')
  async export({ query: { model, format, raw, without_holdout } }: Input<'exportDataset'>): Promise<StreamableFile> {
    const options = { raw: raw === 'true', withoutHoldout: without_holdout === 'true' };
    const disposition = `attachment; filename="${model}.${format}"`;
    if (format === 'csv')
      return new StreamableFile(Readable.from(this.report.csv(model, options)), {
        type: 'text/csv; charset=utf-8',
        disposition,
      });
    return new StreamableFile(await this.report.parquet(model, options), {
      type: 'application/vnd.apache.parquet',
      disposition,
    });
  }
}
