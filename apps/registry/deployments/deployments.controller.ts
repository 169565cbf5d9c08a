import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Approved, CommandAccepted, Deployment, DrillAccepted, RollbackBody } from '#contracts/http/deployments';
import { type Input, Operation } from '#http/server/operation';
import type { Principal } from '#platform/auth/auth';
import { ProblemError } from '#platform/problem';
import { VersionNames } from '../labels/version-names.js';
import { ModelDirectory } from '../status/model-directory.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { Approvals } from './approvals.service.js';
import { CommandProblem } from './command-problem.js';
import { type Command, Commands } from './commands.service.js';
import { Drills } from './drills.service.js';

@Controller()
export class DeploymentsController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Drills) private readonly drills: Drills,
    @Inject(Approvals) private readonly approvals: Approvals,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
    @Inject(VersionNames) private readonly names: VersionNames,
  ) {}

  @Operation('deployVersion')
  deploy({ params: { model }, body, principal }: Input<'deployVersion'>): Promise<CommandAccepted> {
    return this.execute({
      command: 'deploy',
      ...common(model, body, principal),
      version: body.version,
      force: body.force ?? false,
      authenticated: true,
    });
  }

  @Operation('rollBack')
  rollback({ params: { model }, body, principal }: Input<'rollBack'>): Promise<CommandAccepted> {
    return this.execute({ command: 'rollback', ...common(model, body, principal), version: body.version ?? null });
  }

  @Operation('drillRollback')
  drill({ params: { model }, body: { reason }, principal }: Input<'drillRollback'>): Promise<DrillAccepted> {
    return this.drills.start(model, principal.name, reason);
  }

  @Operation('approveVersion')
  approve({ params: { model, version }, body, principal }: Input<'approveVersion'>): Promise<Approved> {
    return this.approvals.give(model, version, { actor: principal.name, ...body });
  }

  @Operation('listDeployments')
  async list({ params: { model }, query: { version: name, limit } }: Input<'listDeployments'>): Promise<Deployment[]> {
    await this.models.expect(model);
    const version = name === undefined ? null : await this.names.expect(model, name);
    return this.deployments.list(this.dataSource.manager, model, { version, limit });
  }

  @Operation('getDeployment')
  async one({ params: { model, deployment_id } }: Input<'getDeployment'>): Promise<Deployment> {
    const deployment = await this.deployments.one(this.dataSource.manager, model, deployment_id);
    if (deployment !== null) return deployment;
    throw new ProblemError(404, 'Not found', `${model} has no deployment ${deployment_id}.`);
  }

  private async execute(command: Command): Promise<CommandAccepted> {
    const outcome = await this.commands.execute(command);
    if (outcome.kind === 'rejected') throw new CommandProblem(outcome.rejection);
    return outcome.accepted;
  }
}

function common(model: string, body: z.infer<typeof RollbackBody>, principal: Principal) {
  return {
    id: body.command_id ?? randomUUID(),
    identity: 'given' as const,
    model,
    actor: principal.name,
    reason: body.reason,
    expectedGeneration: body.expected_generation ?? null,
    source: 'http',
  };
}
