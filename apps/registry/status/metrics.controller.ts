import { Controller, Inject } from '@nestjs/common';
import type { AccuracyPoint, DatasetGrowth, DeploymentFrequency, DriftCheck } from '#contracts/http/metrics';
import { type Input, Operation } from '#http/server/operation';
import { SeriesStore } from '../storage/series-store.js';
import { ModelDirectory } from './model-directory.js';

/** The numbers to track over time, as series for a chart. */
@Controller()
export class MetricsController {
  constructor(
    @Inject(SeriesStore) private readonly series: SeriesStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
  ) {}

  @Operation('readAccuracy')
  async accuracy({ query: { model, since_days, window } }: Input<'readAccuracy'>): Promise<AccuracyPoint[]> {
    await this.models.expect(model);
    return this.series.accuracy(model, since_days, window);
  }

  @Operation('readDrift')
  async drift({ query: { model, limit } }: Input<'readDrift'>): Promise<DriftCheck[]> {
    await this.models.expect(model);
    return this.series.drift(model, limit);
  }

  @Operation('readDatasetGrowth')
  async dataset({ query: { model, since_days } }: Input<'readDatasetGrowth'>): Promise<DatasetGrowth[]> {
    await this.models.expect(model);
    return this.series.dataset(model, since_days);
  }

  @Operation('readDeploymentFrequency')
  async deployments({
    query: { model, since_days },
  }: Input<'readDeploymentFrequency'>): Promise<DeploymentFrequency[]> {
    await this.models.expect(model);
    return this.series.deployments(model, since_days);
  }
}
