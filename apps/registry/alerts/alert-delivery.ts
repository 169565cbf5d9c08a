import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { AlertDeliveryStore } from '../storage/alert-delivery-store.js';
import { AlertChannels } from './alert-channels.js';
import { type Channel, problemOf } from './channels/channel.js';
import { type Notice, newsOf } from './news.js';

const delivered = new Counter({
  name: 'ratchet_alert_deliveries_total',
  help: 'Attempts to tell a target of an alert, by outcome (told, failed).',
  labelNames: ['target', 'outcome'],
});
const waiting = new Gauge({
  name: 'ratchet_alert_deliveries_waiting',
  help: 'News of alerts, firing or resolved, that a target has not taken yet.',
  labelNames: ['target'],
});

const INTERVAL_MS = 1_000;

/**
 * Tells every channel of alerts, at least once each and in order. What is due follows from the tables alone, so that an alert that
 * was raised while this registry or the channel was down is told when both are back. Each channel has a loop of its own: one that
 * does not answer keeps nothing from the others. While news is on its way, nothing in Postgres waits for it: it is claimed for a
 * while, and due again should this registry end in the midst of it.
 */
@Injectable()
export class AlertDelivery {
  private readonly begun = new Set<string>();

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertDeliveryStore) private readonly deliveries: AlertDeliveryStore,
    @Inject(AlertChannels) private readonly told: AlertChannels,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    for (const channel of told.channels) {
      const { name } = channel;
      loops.add(new Loop({ name: `alerts to ${name}`, everyMs: INTERVAL_MS, step: () => this.serve(channel), logger }));
      for (const outcome of ['told', 'failed']) delivered.inc({ target: name, outcome }, 0);
    }
  }

  /** One piece of news; true if there was one that was taken, and so may be another. */
  private async serve(channel: Channel): Promise<boolean> {
    const notice = await this.claim(channel);
    const problem = notice === null ? null : await this.tell(channel, notice);
    waiting.set({ target: channel.name }, await this.deliveries.waiting(this.dataSource.manager, channel.name));
    return notice !== null && problem === null;
  }

  private claim({ name, againSeconds }: Channel): Promise<Notice | null> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.deliveries.lock(manager, name))) return null;
      if (!this.begun.has(name)) await this.deliveries.begin(manager, name);
      this.begun.add(name);
      return this.deliveries.claim(manager, name, againSeconds);
    });
  }

  /** Why it was not taken; null if it was. */
  private async tell(channel: Channel, notice: Notice): Promise<string | null> {
    const { manager } = this.dataSource;
    const { name } = channel;
    const problem = await channel.send(newsOf(notice, this.told.links)).then(
      () => null,
      (error: unknown) => problemOf(error, channel),
    );
    delivered.inc({ target: name, outcome: problem === null ? 'told' : 'failed' });
    if (problem === null) await this.deliveries.told(manager, name, notice);
    else {
      this.logger.warn({ target: name, alert: notice.alert, model: notice.model, problem }, 'alert not delivered yet');
      await this.deliveries.failed(manager, name, notice, problem);
    }
    return problem;
  }
}
