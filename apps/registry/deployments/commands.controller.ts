import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Actor, DEFAULT_MODEL, ModelName, Uuid } from '#contracts/primitives';
import { jsonOf, problemOf } from '#kafka/consume/invalid-event';
import { type IncomingEvent, type InvalidEvent, OnEvent } from '#kafka/transport';
import { type BrokenCommand, Commands } from './commands.service.js';

/** Of a command that does not fit its contract, what it takes to tell its sender. */
const CommandEssentials = z.object({
  command_id: Uuid.optional().catch(undefined),
  model: ModelName.optional().catch(undefined),
  actor: Actor.optional().catch(undefined),
});

/** Who sent a command on Kafka that names nobody. */
const UNNAMED = 'kafka';

/** Commands by any Kafka client, plain JSON included. */
@Controller()
export class CommandsController {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @OnEvent('model.deploy-requested', { invalid: 'deliver' })
  async deploy(event: IncomingEvent<'model.deploy-requested'> | InvalidEvent): Promise<void> {
    if (event.kind === 'invalid') return this.commands.reject(broken('deploy', event));
    const { version, force } = event.value;
    await this.commands.execute({
      command: 'deploy',
      ...understood(event),
      version,
      force: force ?? false,
      authenticated: false,
    });
  }

  @OnEvent('model.rollback-requested', { invalid: 'deliver' })
  async rollback(event: IncomingEvent<'model.rollback-requested'> | InvalidEvent): Promise<void> {
    if (event.kind === 'invalid') return this.commands.reject(broken('rollback', event));
    await this.commands.execute({
      command: 'rollback',
      ...understood(event),
      version: event.value.version ?? null,
    });
  }
}

function understood(event: IncomingEvent<'model.deploy-requested'> | IncomingEvent<'model.rollback-requested'>) {
  const { command_id, model, actor, reason, expected_generation } = event.value;
  const named = command_id !== undefined || event.source !== null;
  return {
    id: command_id ?? event.id,
    // Every CloudEvent names its source: without one, the id was derived from the text.
    identity: named ? ('given' as const) : ('content' as const),
    model: model ?? DEFAULT_MODEL,
    actor: actor ?? UNNAMED,
    reason,
    expectedGeneration: expected_generation ?? null,
    source: sourceOf(event),
  };
}

function broken(command: 'deploy' | 'rollback', event: InvalidEvent): BrokenCommand {
  const { command_id, model, actor } = CommandEssentials.catch({}).parse(jsonOf(event));
  return {
    command,
    id: command_id ?? event.id,
    identity: command_id === undefined ? 'content' : 'given',
    model: model ?? DEFAULT_MODEL,
    actor: actor ?? UNNAMED,
    source: sourceOf(event),
    code: event.problem === 'not-json' ? 'not-json' : 'invalid-command',
    field: event.field,
    detail: problemOf(event),
  };
}

const sourceOf = ({ topic, partition, offset }: IncomingEvent | InvalidEvent): string =>
  `${topic}/${partition}/${offset}`;
