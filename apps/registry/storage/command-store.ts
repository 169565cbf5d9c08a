import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { CommandRejected } from '#contracts/events/deployment';
import { CommandAccepted } from '#contracts/http/deployments';

/** What became of a command. */
export const CommandOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), accepted: CommandAccepted }),
  z.object({ kind: z.literal('rejected'), rejection: CommandRejected }),
]);
export type CommandOutcome = z.infer<typeof CommandOutcome>;

export interface StoredCommand {
  outcome: CommandOutcome;
  source: string;
  receivedAt: Date;
}

const FIND = 'select outcome, source, received_at from registry.commands where command_id = $1';

const ADD = `
insert into registry.commands (command_id, command, model, actor, source, received_at, outcome)
values ($1, $2, $3, $4, $5, $6, $7)`;

const Row = z.object({ outcome: CommandOutcome, source: z.string(), received_at: z.date() });

/** Every command once, by its id. */
@Injectable()
export class CommandStore {
  async find(manager: EntityManager, commandId: string): Promise<StoredCommand | null> {
    const [row] = await manager.query<unknown[]>(FIND, [commandId]);
    if (row === undefined) return null;
    const { outcome, source, received_at } = Row.parse(row);
    return { outcome, source, receivedAt: received_at };
  }

  async add(
    manager: EntityManager,
    command: { id: string; command: string; model: string; actor: string; source: string; receivedAt: Date },
    outcome: CommandOutcome,
  ): Promise<void> {
    await manager.query(ADD, [
      command.id,
      command.command,
      command.model,
      command.actor,
      command.source,
      command.receivedAt,
      JSON.stringify(outcome),
    ]);
  }
}
