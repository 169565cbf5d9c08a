import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import {
  type CommandAccepted,
  DeployBody,
  type Deployment,
  type DrillAccepted,
  DrillBody,
  RollbackBody,
} from '#contracts/http/registry';
import { ModelName, Uuid, Version } from '#contracts/primitives';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { ProblemError, zodBody } from '#platform/problem';
import { ModelDirectory } from '../status/model-directory.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { CommandProblem } from './command-problem.js';
import { type Command, Commands } from './commands.service.js';
import { Drills } from './drills.service.js';

const OfModel = z.object({ model: ModelName });
const OfDeployment = OfModel.extend({ deployment_id: Uuid });
const Page = z.object({
  version: Version.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

@Controller('/v1/models/:model')
export class DeploymentsController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Drills) private readonly drills: Drills,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
  ) {}

  @Post('deploy')
  @HttpCode(202)
  @RequiresRole('operator')
  deploy(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Body(zodBody(DeployBody)) body: z.infer<typeof DeployBody>,
    @Req() request: FastifyRequest,
  ): Promise<CommandAccepted> {
    return this.execute({
      command: 'deploy',
      ...common(model, body, request),
      version: body.version,
      force: body.force ?? false,
    });
  }

  @Post('rollback')
  @HttpCode(202)
  @RequiresRole('operator')
  rollback(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Body(zodBody(RollbackBody)) body: z.infer<typeof RollbackBody>,
    @Req() request: FastifyRequest,
  ): Promise<CommandAccepted> {
    return this.execute({ command: 'rollback', ...common(model, body, request), version: body.version ?? null });
  }

  @Post('drill')
  @HttpCode(202)
  @RequiresRole('operator')
  drill(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Body(zodBody(DrillBody)) { reason }: DrillBody,
    @Req() request: FastifyRequest,
  ): Promise<DrillAccepted> {
    return this.drills.start(model, principalOf(request).name, reason);
  }

  @Get('deployments')
  @RequiresRole('viewer')
  async list(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Query(zodBody(Page)) { version, limit }: z.infer<typeof Page>,
  ): Promise<Deployment[]> {
    await this.models.expect(model);
    return this.deployments.list(this.dataSource.manager, model, { version: version ?? null, limit });
  }

  @Get('deployments/:deployment_id')
  @RequiresRole('viewer')
  async one(@Param(zodBody(OfDeployment)) { model, deployment_id }: z.infer<typeof OfDeployment>): Promise<Deployment> {
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

function common(model: string, body: z.infer<typeof RollbackBody>, request: FastifyRequest) {
  return {
    id: body.command_id ?? randomUUID(),
    identity: 'given' as const,
    model,
    actor: principalOf(request).name,
    reason: body.reason,
    expectedGeneration: body.expected_generation ?? null,
    source: 'http',
  };
}
