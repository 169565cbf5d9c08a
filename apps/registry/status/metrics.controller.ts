import { Controller, Get, Inject, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AccuracyPoint, DatasetGrowth, DeploymentFrequency, DriftCheck } from '#contracts/http/metrics';
import { ModelName } from '#contracts/primitives';
import { RequiresRole } from '#platform/auth/auth';
import { zodBody } from '#platform/problem';
import { ModelDirectory } from './model-directory.js';

const accuracyFrom = (view: string): string => `
select model, version, to_char(window_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as window_start,
  outcomes::float8 as outcomes, correct::float8 as correct, failures::float8 as failures, reference::float8 as reference
from evaluation.${view}
where model = $1 and window_start > now() - make_interval(days => $2)
order by ${view}.window_start, version`;

const ACCURACY = { minute: accuracyFrom('live_accuracy'), hour: accuracyFrom('live_accuracy_hourly') };

const DRIFT = `
select model, version, to_char(checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as checked_at, rows, features
from evaluation.drift_overview where model = $1 order by drift_overview.checked_at desc limit $2`;

const DATASET = `
select model, week::date::text as week, rows::float8 as rows, new_rows::float8 as new_rows
from feedback.dataset_growth
where model = $1 and week > now() - make_interval(days => $2)
order by week`;

const DEPLOYMENTS = `
select model, date_trunc('week', started_at at time zone 'UTC')::date::text as week,
  count(*) filter (where kind = 'deploy')::int as deployments,
  count(*) filter (where kind = 'rollback')::int as rollbacks,
  count(*) filter (where state = 'failed')::int as failed
from registry.deployments
where model = $1 and started_at > now() - make_interval(days => $2)
group by 1, 2 order by 2`;

const since = (days: number) =>
  z.object({ model: ModelName, since_days: z.coerce.number().int().min(1).max(3650).default(days) });
const Recently = since(30).extend({ window: z.enum(['minute', 'hour']).default('minute') });
const LastYear = since(365);
const Checks = z.object({ model: ModelName, limit: z.coerce.number().int().min(1).max(200).default(30) });

/** The numbers to track over time, as series for a chart. */
@Controller('/v1/metrics')
@RequiresRole('viewer')
export class MetricsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
  ) {}

  @Get('accuracy')
  async accuracy(@Query(zodBody(Recently)) query: z.infer<typeof Recently>): Promise<AccuracyPoint[]> {
    return z.array(AccuracyPoint).parse(await this.read(ACCURACY[query.window], query));
  }

  @Get('drift')
  async drift(@Query(zodBody(Checks)) { model, limit }: z.infer<typeof Checks>): Promise<DriftCheck[]> {
    await this.models.expect(model);
    return z.array(DriftCheck).parse(await this.dataSource.query(DRIFT, [model, limit]));
  }

  @Get('dataset')
  async dataset(@Query(zodBody(LastYear)) query: z.infer<typeof LastYear>): Promise<DatasetGrowth[]> {
    return z.array(DatasetGrowth).parse(await this.read(DATASET, query));
  }

  @Get('deployments')
  async deployments(@Query(zodBody(LastYear)) query: z.infer<typeof LastYear>): Promise<DeploymentFrequency[]> {
    return z.array(DeploymentFrequency).parse(await this.read(DEPLOYMENTS, query));
  }

  private async read(sql: string, { model, since_days }: z.infer<typeof LastYear>): Promise<unknown[]> {
    await this.models.expect(model);
    return this.dataSource.query<unknown[]>(sql, [model, since_days]);
  }
}
