import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Deployment } from '#contracts/http/deployments';

const LIST = `
select record from registry.deployments
where model = $1 and ($2::text is null or $2 in (record ->> 'from_version', record ->> 'to_version'))
order by started_at desc, generation desc limit $3`;

const ONE = 'select record from registry.deployments where model = $1 and deployment_id = $2';

const BY_ID = 'select record from registry.deployments where deployment_id = $1';

const RUNNING = `
select record from registry.deployments where model = $1 and state in ('staging', 'canary', 'activating')`;

const Row = z.object({ record: Deployment }).transform(({ record }) => record);

/** Deployments and rollbacks, for reading; decisions write them. */
@Injectable()
export class DeploymentStore {
  /** Newest first; with a version, only those from or to it. */
  async list(
    manager: EntityManager,
    model: string,
    { version, limit }: { version: string | null; limit: number },
  ): Promise<Deployment[]> {
    return z.array(Row).parse(await manager.query(LIST, [model, version, limit]));
  }

  async one(manager: EntityManager, model: string, deploymentId: string): Promise<Deployment | null> {
    return z.array(Row).parse(await manager.query(ONE, [model, deploymentId]))[0] ?? null;
  }

  async byId(manager: EntityManager, deploymentId: string): Promise<Deployment | null> {
    return z.array(Row).parse(await manager.query(BY_ID, [deploymentId]))[0] ?? null;
  }

  async running(manager: EntityManager, model: string): Promise<Deployment | null> {
    return z.array(Row).parse(await manager.query(RUNNING, [model]))[0] ?? null;
  }
}
