import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { CancelAccepted, RetrainAccepted, Run, RunLogLine } from '#contracts/http/runs';
import { storableText } from '#domain/audit/canonical-json';
import { type Input, Operation } from '#http/server/operation';
import type { Outbox } from '#outbox/outbox';
import { ProblemError } from '#platform/problem';
import { OUTBOX } from '../keys.js';
import { ModelDirectory } from '../status/model-directory.js';
import { AuditStore } from '../storage/audit-store.js';
import { RunStore } from '../storage/run-store.js';

@Controller()
export class RunsController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(RunStore) private readonly runs: RunStore,
    @Inject(ModelDirectory) private readonly models: ModelDirectory,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(OUTBOX) private readonly outbox: Outbox,
  ) {}

  @Operation('requestTraining')
  async retrain({
    params: { model },
    body,
    principal,
  }: Input<'requestTraining'>): Promise<z.infer<typeof RetrainAccepted>> {
    await this.models.expect(model);
    const { request_id = randomUUID(), ...rest } = body;
    await this.outbox.add(this.dataSource.manager, 'training.requested', {
      request_id,
      model,
      ...rest,
      actor: principal.name,
      requested_at: new Date().toISOString(),
    });
    return { request_id, model };
  }

  @Operation('listRuns')
  async list({ query: { model, limit } }: Input<'listRuns'>): Promise<Run[]> {
    const runs = await this.runs.list(this.dataSource.manager, model ?? null, limit);
    if (runs.length === 0 && model !== undefined) await this.models.expect(model);
    return runs;
  }

  @Operation('getRun')
  async one({ params: { run_id } }: Pick<Input<'getRun'>, 'params'>): Promise<Run> {
    const run = await this.runs.one(this.dataSource.manager, run_id);
    if (run !== null) return run;
    throw new ProblemError(404, 'Not found', `There is no training run ${run_id}.`);
  }

  /** The trainer owns the run, so it is asked; what was asked for, by whom and why is kept here. */
  @Operation('cancelRun')
  async cancel({ params, body, principal }: Input<'cancelRun'>): Promise<z.infer<typeof CancelAccepted>> {
    const { run_id, model, state, message } = await this.one({ params });
    if (state !== 'queued' && state !== 'running') {
      const how = state === 'cancelled' ? `was ${message}` : `has ended already: it is ${state}.`;
      throw new ProblemError(409, 'Not cancelled', `The training run ${run_id} ${how}`);
    }
    const actor = principal.name;
    const reason = storableText(body.reason);
    const at = new Date();
    await this.dataSource.transaction(async (manager) => {
      const command = { run_id, model, actor, reason, requested_at: at.toISOString() };
      await this.outbox.add(manager, 'training.cancel-requested', command);
      const entry = { at, actor, action: 'run.cancel-requested', model, reason };
      await this.audit.append(manager, [{ ...entry, before: { run_id, state }, after: { run_id } }]);
    });
    return { run_id, model, state };
  }

  @Operation('readRunLog')
  async log({ params, query: { after } }: Input<'readRunLog'>): Promise<RunLogLine[]> {
    await this.one({ params });
    return this.runs.log(this.dataSource.manager, params.run_id, after);
  }
}
