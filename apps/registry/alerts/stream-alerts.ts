import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { feedbackAlerts } from '#domain/streams/feedback-alerts';
import { streamAlerts } from '#domain/streams/incidents';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { AlertStore } from '../storage/alert-store.js';
import { LetterStore } from '../storage/letter-store.js';
import { ModelStore } from '../storage/model-store.js';
import { StreamIncidentStore } from '../storage/stream-incident-store.js';

const EVERY_MS = 10_000;
/** Nothing can be done about what is lost: it is told for a day, and stays on the list of incidents. */
const TOLD_FOR_MS = 24 * 3_600_000;

const TOLD = ['feedback-lost', 'topic-remade', 'feedback-refused', 'feedback-stopped'] as const;

/** Of every model, which all depend on them: what happened to the streams of feedback, and what of them waits for people. */
@Injectable()
export class StreamAlerts {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(LetterStore) private readonly letters: LetterStore,
    @Inject(StreamIncidentStore) private readonly incidents: StreamIncidentStore,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'stream alerts', everyMs: EVERY_MS, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    const { manager } = this.dataSource;
    const told = {
      ...streamAlerts(await this.incidents.since(manager, new Date(Date.now() - TOLD_FOR_MS))),
      ...feedbackAlerts(await this.letters.waiting(manager), await this.letters.pulse(manager)),
    };
    for (const model of await this.models.names(manager)) {
      const open = new Map((await this.alerts.open(manager, model)).map(({ alert, detail }) => [alert, detail]));
      for (const alert of TOLD) {
        const detail = told[alert];
        if (detail === null && open.has(alert)) await this.alerts.resolve(manager, model, alert);
        else if (detail !== null && open.get(alert) !== detail) await this.alerts.raise(manager, model, alert, detail);
      }
    }
  }
}
