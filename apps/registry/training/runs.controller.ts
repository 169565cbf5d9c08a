import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type RetrainAccepted, RetrainBody, type Run, type RunLogLine } from '#contracts/http/registry';
import { ModelName, Uuid } from '#contracts/primitives';
import type { Outbox } from '#kafka/outbox';
import { principalOf, RequiresRole } from '#platform/auth/auth';
import { ProblemError, zodBody } from '#platform/problem';
import { ModelDirectory } from '../status/model-directory.js';
import { RunStore } from '../storage/run-store.js';
import { OUTBOX } from '../tokens.js';

const OfModel = z.object({ model: ModelName });
const OfRun = z.object({ run_id: Uuid });
const After = z.object({ after: z.coerce.number().int().min(0).default(0) });
const Page = z.object({ model: ModelName.optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) });

@Controller()
export class RunsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly runs: RunStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
    @Inject(OUTBOX) private readonly outbox: Outbox,
  ) {}

  @Post('/v1/models/:model/retrain')
  @HttpCode(202)
  @RequiresRole('operator')
  async retrain(
    @Param(zodBody(OfModel)) { model }: z.infer<typeof OfModel>,
    @Body(zodBody(RetrainBody)) body: RetrainBody,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof RetrainAccepted>> {
    await this.models.expect(model);
    const { request_id = randomUUID(), ...rest } = body;
    await this.outbox.add(this.dataSource.manager, 'training.requested', {
      request_id,
      model,
      ...rest,
      actor: principalOf(request).name,
      requested_at: new Date().toISOString(),
    });
    return { request_id, model };
  }

  @Get('/v1/runs')
  @RequiresRole('viewer')
  list(@Query(zodBody(Page)) { model, limit }: z.infer<typeof Page>): Promise<Run[]> {
    return this.runs.list(this.dataSource.manager, model ?? null, limit);
  }

  @Get('/v1/runs/:run_id')
  @RequiresRole('viewer')
  async one(@Param(zodBody(OfRun)) { run_id }: z.infer<typeof OfRun>): Promise<Run> {
    const run = await this.runs.one(this.dataSource.manager, run_id);
    if (run !== null) return run;
    throw new ProblemError(404, 'Not found', `There is no training run ${run_id}.`);
  }

  @Get('/v1/runs/:run_id/log')
  @RequiresRole('viewer')
  async log(
    @Param(zodBody(OfRun)) of: z.infer<typeof OfRun>,
    @Query(zodBody(After)) { after }: z.infer<typeof After>,
  ): Promise<RunLogLine[]> {
    await this.one(of);
    return this.runs.log(this.dataSource.manager, of.run_id, after);
  }
}
