import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Recurring } from '../recurring.js';
import { AlertStore } from '../storage/alert-store.js';
import { LOGGER } from '../tokens.js';

const INTERVAL_MS = 15_000;

/** Closes alerts whose end nobody tells. */
@Injectable()
export class AlertUpkeep extends Recurring {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(LOGGER) logger: Logger,
  ) {
    super('alert upkeep', INTERVAL_MS, logger);
  }

  protected work(): Promise<void> {
    return this.alerts.resolveRegrown(this.dataSource.manager);
  }
}
