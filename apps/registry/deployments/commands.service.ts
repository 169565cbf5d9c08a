import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { EntityManager } from 'typeorm';
import { v5 as uuidv5 } from 'uuid';
import { ratchet } from '#contracts/command-line';
import type { CommandRejected, RejectionCode } from '#contracts/events/deployment';
import { storableText } from '#domain/audit/canonical-json';
import type { Input } from '#domain/deployment/inputs';
import type { Outbox } from '#outbox/outbox';
import { OUTBOX } from '../keys.js';
import { unknownAlias, VersionNames } from '../labels/version-names.js';
import { type CommandOutcome, CommandStore, type StoredCommand } from '../storage/command-store.js';
import { ModelStore, type TakenModel } from '../storage/model-store.js';
import { DeploymentDecisions } from './decisions.service.js';

const commands = new Counter({
  name: 'ratchet_commands_total',
  help: 'Commands by what became of them; "repeated" ones were known already.',
  labelNames: ['command', 'outcome'],
});

interface CommandBase {
  id: string;
  /**
   * `given`: the sender chose the id, and it is good for one command for ever. `content`: it is derived from the text,
   * because the sender named none.
   */
  identity: 'given' | 'content';
  model: string;
  actor: string;
  /** "http", or topic, partition and offset. */
  source: string;
}

/** A command that can be understood. */
export type Command = CommandBase & {
  reason: string;
  expectedGeneration: number | null;
} & (
    | {
        command: 'deploy';
        version: string;
        force: boolean;
        /** The actor is the name of a token, not one that a message gives. */
        authenticated: boolean;
      }
    | { command: 'rollback'; version: string | null }
  );

/** One that cannot. */
export type BrokenCommand = CommandBase & {
  command: 'deploy' | 'rollback';
  code: Extract<RejectionCode, 'not-json' | 'invalid-command'>;
  detail: string;
  field: string | null;
};

/** The same text without any id, this soon after, is a resend; later it is a person who wants it again. */
const RESEND_WINDOW_MS = 60_000;

/** Carries out commands, each once, whichever way they came. */
@Injectable()
export class Commands {
  constructor(
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(VersionNames) private readonly names: VersionNames,
    @Inject(CommandStore) private readonly store: CommandStore,
    @Inject(OUTBOX) private readonly outbox: Outbox,
  ) {}

  async execute(command: Command): Promise<CommandOutcome> {
    return this.once(command, async (manager, taken, id, now) => {
      if (taken === null) {
        const detail = `There is no model "${command.model}"; "${ratchet('models list', null)}" shows those there are.`;
        return this.rejection(command, id, now, 'unknown-model', 'model', detail);
      }
      const { model, version: name } = command;
      const version = name === null ? null : await this.names.find(model, name, manager);
      if (name !== null && version === null)
        return this.rejection(command, id, now, 'unknown-version', 'version', unknownAlias(model, name));
      const meant = version === null ? command : { ...command, version };
      const decision = await this.decisions.decide(manager, taken, inputOf(meant), now);
      switch (decision.kind) {
        case 'rejected':
          return this.rejection(command, id, now, decision.code, decision.field, decision.detail);
        case 'changed': {
          if (decision.accepted === null) throw new Error(`${command.command} was decided without an answer`);
          return { kind: 'accepted', accepted: { command_id: id, ...decision.accepted } };
        }
        case 'unchanged':
          throw new Error(`${command.command} was neither accepted nor rejected: ${decision.why}`);
      }
    });
  }

  /** Answers a command that could not be understood. */
  async reject(command: BrokenCommand): Promise<void> {
    await this.once(command, async (_manager, _state, id, now) =>
      this.rejection(command, id, now, command.code, command.field, command.detail),
    );
  }

  /** Runs `carryOut` unless the command is known, and stores what became of it in the same transaction. */
  private async once(
    command: Command | BrokenCommand,
    carryOut: (manager: EntityManager, taken: TakenModel | null, id: string, now: Date) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    const now = new Date();
    const { outcome, repeated } = await this.decisions.transaction(async (manager) => {
      // The lock comes before the look: of two with one id, the second sees what the first stored.
      const taken = await this.models.take(manager, command.model);
      const known = await this.known(manager, command, now);
      if ('outcome' in known) return { outcome: known.outcome, repeated: true };
      const outcome = await carryOut(manager, taken, known.id, now);
      const actor = storableText(command.actor);
      await this.store.add(manager, { ...command, id: known.id, actor, receivedAt: now }, outcome);
      if (outcome.kind === 'rejected') await this.outbox.add(manager, 'model.command-rejected', outcome.rejection);
      return { outcome, repeated: false };
    });
    commands.inc({ command: command.command, outcome: repeated ? 'repeated' : outcome.kind });
    return outcome;
  }

  /** What is stored under the command's id, or the id to store it under. */
  private async known(
    manager: EntityManager,
    command: Command | BrokenCommand,
    now: Date,
  ): Promise<StoredCommand | { id: string }> {
    const stored = await this.store.find(manager, command.id);
    if (stored === null) return { id: command.id };
    if (command.identity === 'given' || stored.source === command.source) return stored;
    if (now.getTime() - stored.receivedAt.getTime() < RESEND_WINDOW_MS) return stored;
    const id = uuidv5(command.source, command.id);
    return (await this.store.find(manager, id)) ?? { id };
  }

  private rejection(
    command: Command | BrokenCommand,
    id: string,
    now: Date,
    code: RejectionCode,
    field: string | null,
    detail: string,
  ): CommandOutcome {
    const rejection: CommandRejected = {
      command_id: id,
      command: command.command,
      model: command.model,
      code,
      detail,
      field,
      actor: storableText(command.actor),
      rejected_at: now.toISOString(),
    };
    return { kind: 'rejected', rejection };
  }
}

function inputOf(command: Command): Input {
  const common = {
    actor: storableText(command.actor),
    reason: storableText(command.reason),
    expectedGeneration: command.expectedGeneration,
  };
  return command.command === 'deploy'
    ? {
        kind: 'deploy',
        ...common,
        version: command.version,
        force: command.force,
        authenticated: command.authenticated,
      }
    : { kind: 'rollback', ...common, version: command.version };
}
