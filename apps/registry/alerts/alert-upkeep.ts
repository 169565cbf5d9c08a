import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { AlertStore } from '../storage/alert-store.js';

const INTERVAL_MS = 15_000;

/** Closes alerts whose end nobody tells. */
@Injectable()
export class AlertUpkeep {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'alert upkeep', everyMs: INTERVAL_MS, step: () => this.work(), logger }));
  }

  private work(): Promise<void> {
    return this.alerts.resolveRegrown(this.dataSource.manager);
  }
}
