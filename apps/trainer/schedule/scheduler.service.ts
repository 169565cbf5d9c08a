import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { v5 as uuidv5 } from 'uuid';
import type { ModelDefinition } from '#contracts/model-definition';
import { EVENT_NAMESPACE } from '#domain/feedback/event-id';
import { dueSlot, scheduleProblem } from '#domain/schedule/due-slot';
import {
  firstTrainingSlot,
  hasSettled,
  needsFirstTraining,
  nextPlateau,
  type Plateau,
  rowsWorthCounting,
} from '#domain/schedule/first-training';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import type { TrainerConfig } from '../config.js';
import { DefinitionRepository, DefinitionUnusable } from '../definitions/definition.repository.js';
import { CLOCK, type Clock, LOGGER, TRAINER_CONFIG } from '../keys.js';
import { SlotStore } from '../storage/slots.js';
import { TrainingRows } from '../storage/training-rows.js';

const fired = new Counter({
  name: 'ratchet_training_scheduled_total',
  help: 'Trainings asked for without a person: by the schedule, or as the first one of a model.',
  labelNames: ['model', 'actor'],
});

/**
 * Asks for trainings that nobody asks for by hand. Only looks and writes: when a slot is due, and which first training
 * the rows call for, is decided in libs/domain/schedule; that only one replica asks, in Postgres.
 */
@Injectable()
export class Scheduler {
  private readonly plateaus = new Map<string, Plateau>();

  constructor(
    @Inject(DefinitionRepository) private readonly definitions: DefinitionRepository,
    @Inject(SlotStore) private readonly slots: SlotStore,
    @Inject(Loops) loops: Loops,
    @Inject(TrainingRows) private readonly rows: TrainingRows,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRAINER_CONFIG) config: Pick<TrainerConfig, 'SCHEDULE_POLL_MS'>,
  ) {
    const everyMs = config.SCHEDULE_POLL_MS;
    loops.add(new Loop({ name: 'training schedule', everyMs, step: () => this.look(), logger }));
  }

  private async look(): Promise<void> {
    for (const name of this.definitions.names()) {
      let definition: ModelDefinition;
      try {
        definition = this.definitions.read(name);
      } catch (error) {
        if (!(error instanceof DefinitionUnusable)) throw error;
        this.logger.error({ model: name, reason: error.reason }, 'this model is not scheduled');
        continue;
      }
      await this.askIfDue(definition);
      await this.askForFirst(definition);
    }
  }

  private async askIfDue({ name, schedule }: ModelDefinition): Promise<void> {
    const problem = scheduleProblem(schedule);
    if (problem !== null) {
      this.logger.error({ model: name, problem }, 'this model is not scheduled');
      return;
    }
    const now = this.clock();
    const slot = dueSlot(schedule, await this.slots.usedUntil(name, now), now, name);
    if (slot) await this.ask(name, slot.toISOString(), 'schedule', now);
  }

  private async askForFirst(definition: ModelDefinition): Promise<void> {
    const { name, minimum_rows } = definition;
    const { lastSlot, ...beginnings } = await this.slots.beginnings(name);
    if (!needsFirstTraining(beginnings)) return;
    const actions = definition.kind === 'action-outcome' ? definition.actions : null;
    const rows = await this.rows.count(name, actions, rowsWorthCounting(lastSlot, minimum_rows));
    const slot = firstTrainingSlot(rows, minimum_rows);
    const now = this.clock();
    const plateau = nextPlateau(this.plateaus.get(name) ?? null, rows, now);
    this.plateaus.set(name, plateau);
    if (slot !== null && hasSettled(plateau, now)) await this.ask(name, slot, 'first-training', now);
  }

  private async ask(model: string, slot: string, actor: string, now: Date): Promise<void> {
    const asked = await this.slots.take(slot, {
      // The same slot is the same request, whoever asks.
      request_id: uuidv5(`training\n${model}\n${slot}`, EVENT_NAMESPACE),
      model,
      trigger: 'schedule',
      actor,
      requested_at: now.toISOString(),
      auto_deploy: true,
    });
    if (!asked) return;
    fired.inc({ model, actor });
    this.logger.info({ model, slot, actor }, 'training asked for');
  }
}
