import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v4 as uuidv4 } from 'uuid';
import { rowsForNextTraining } from '#domain/monitoring/recovery';
import { standingOf } from '#domain/monitoring/standing';
import type { Outbox } from '#outbox/outbox';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { CLOCK, type Clock, LOGGER, OUTBOX } from '../keys.js';
import { DropStore, type OpenDrop } from '../storage/drop-store.js';
import { VersionStore } from '../storage/version-store.js';

const EVERY_MS = 5_000;

/**
 * Says how what is live does since a drop, and asks for a training as soon as there are enough rows of the world as it is now: going
 * back to an older version does not bring back the older world. Request and event are one transaction under one lock.
 */
@Injectable()
export class RecoveryService {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DropStore) private readonly drops: DropStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly now: Clock,
  ) {
    loops.add(new Loop({ name: 'training after a drop', everyMs: EVERY_MS, step: () => this.checkAll(), logger }));
  }

  private checkAll(): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.drops.lock(manager))) return;
      for (const drop of await this.drops.open(manager)) {
        await this.stand(manager, drop);
        await this.check(manager, drop);
      }
    });
  }

  /** Keeps how what is live does since then, for the registry to read. */
  private async stand(manager: EntityManager, { model, version, onset_at }: OpenDrop): Promise<void> {
    const predictions = await this.drops.predictionsSince(manager, model, version, onset_at);
    const [described] = await this.versions.describe(manager, [{ model, version }]);
    const kind = described?.references?.kind ?? 'action-outcome';
    const standing = standingOf(predictions, kind, onset_at.toISOString());
    if (standing !== null) await this.drops.writeStanding(manager, model, version, standing);
  }

  private async check(manager: EntityManager, drop: OpenDrop): Promise<void> {
    const { model, onset_at } = drop;
    const wanted = rowsForNextTraining(drop.asked_at);
    // Where more have come than were waited for, as after an outage, the next training waits for twice of what there is.
    const rows = await this.drops.rowsSince(manager, model, onset_at, 4 * wanted);
    if (rows < wanted) return;
    const at = this.now();
    const request_id = uuidv4();
    await this.drops.addTraining(manager, drop, rows, request_id, at);
    const reason = `live accuracy has dropped; ${rows} rows have come since ${onset_at.toISOString()}`;
    await this.outbox.add(manager, 'training.requested', {
      request_id,
      model,
      trigger: 'accuracy-drop',
      actor: 'monitor',
      requested_at: at.toISOString(),
      auto_deploy: true,
      reason,
    });
    this.logger.info({ model, rows, onset_at }, 'asked for a training on what came since the drop');
  }
}
