import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);
const MODELS = sql('metrics-models');
const VERSIONS = 'select model, state, count(*)::int as n from registry.versions group by 1, 2';
const DEPLOYMENTS = sql('metrics-deployments');
const RUNNING = sql('metrics-running');
const ALERTS = 'select distinct model, alert from registry.alerts where resolved_at is null';

export interface ModelNumbers {
  model: string;
  generation: number;
  live_version: string | null;
  /** Seconds since 1970. */
  live_since: number | null;
  live_generation: number | null;
  epoch: string | null;
}

/** What is decided and under way, counted for the metrics. */
@Injectable()
export class LoopNumbers {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  models(): Promise<ModelNumbers[]> {
    return this.dataSource.query<ModelNumbers[]>(MODELS);
  }

  versions(): Promise<{ model: string; state: string; n: number }[]> {
    return this.dataSource.query<{ model: string; state: string; n: number }[]>(VERSIONS);
  }

  endedDeployments(): Promise<{ model: string; kind: string; state: string; n: number }[]> {
    return this.dataSource.query<{ model: string; kind: string; state: string; n: number }[]>(DEPLOYMENTS);
  }

  /** With their age. */
  runningDeployments(): Promise<{ model: string; kind: string; phase: string; seconds: number }[]> {
    return this.dataSource.query<{ model: string; kind: string; phase: string; seconds: number }[]>(RUNNING);
  }

  openAlerts(): Promise<{ model: string; alert: string }[]> {
    return this.dataSource.query<{ model: string; alert: string }[]>(ALERTS);
  }
}
