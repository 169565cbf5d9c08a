import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AccuracyPoint, DatasetGrowth, DeploymentFrequency, DriftCheck } from '#contracts/http/metrics';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);
const ACCURACY = { minute: sql('accuracy-by-minute'), hour: sql('accuracy-by-hour') };
const DRIFT = sql('drift-checks');
const DATASET = sql('dataset-weeks');
const DEPLOYMENTS = sql('deployment-weeks');

/** Numbers of a model over time, as series for a chart. */
@Injectable()
export class SeriesStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async accuracy(model: string, days: number, window: 'minute' | 'hour'): Promise<AccuracyPoint[]> {
    return z.array(AccuracyPoint).parse(await this.dataSource.query(ACCURACY[window], [model, days]));
  }

  async drift(model: string, limit: number): Promise<DriftCheck[]> {
    return z.array(DriftCheck).parse(await this.dataSource.query(DRIFT, [model, limit]));
  }

  async dataset(model: string, days: number): Promise<DatasetGrowth[]> {
    return z.array(DatasetGrowth).parse(await this.dataSource.query(DATASET, [model, days]));
  }

  async deployments(model: string, days: number): Promise<DeploymentFrequency[]> {
    return z.array(DeploymentFrequency).parse(await this.dataSource.query(DEPLOYMENTS, [model, days]));
  }
}
