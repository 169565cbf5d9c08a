import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { streamAlerts } from '#domain/streams/incidents';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { AlertStore } from '../storage/alert-store.js';
import { ModelStore } from '../storage/model-store.js';
import { StreamIncidentStore } from '../storage/stream-incident-store.js';

const EVERY_MS = 10_000;
/** Nothing can be done about what is lost: it is told for a day, and stays on the list of incidents. */
const TOLD_FOR_MS = 24 * 3_600_000;

/** Tells of every model that depends on them what happened to the streams of feedback. */
@Injectable()
export class StreamAlerts {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(StreamIncidentStore) private readonly incidents: StreamIncidentStore,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'stream alerts', everyMs: EVERY_MS, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    const { manager } = this.dataSource;
    const told = streamAlerts(await this.incidents.since(manager, new Date(Date.now() - TOLD_FOR_MS)));
    for (const model of await this.models.names(manager)) {
      const open = new Map((await this.alerts.open(manager, model)).map(({ alert, detail }) => [alert, detail]));
      for (const alert of ['feedback-lost', 'topic-remade'] as const) {
        const detail = told[alert];
        if (detail === null && open.has(alert)) await this.alerts.resolve(manager, model, alert);
        else if (detail !== null && open.get(alert) !== detail) await this.alerts.raise(manager, model, alert, detail);
      }
    }
  }
}
