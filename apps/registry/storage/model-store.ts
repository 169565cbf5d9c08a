import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Verdict } from '#contracts/events/evaluation';
import { VersionState } from '#contracts/http/registry';
import type { CatalogueEntry } from '#domain/deployment/inputs';
import { initialState, ModelState } from '#domain/deployment/state';

const ENSURE = `
insert into registry.models (model, state) values ($1, $2) on conflict (model) do nothing`;

const LOCK = `
select state from registry.models where model = $1 for update`;

const READ = 'select state from registry.models where model = $1';

const CATALOGUE = `
select v.version, v.digest, v.artifact_uri, v.state, e.verdict
from registry.versions v
left join registry.evaluations e on e.evaluation_id = v.evaluation_id
where v.model = $1`;

const SAVE = `
update registry.models
set generation = $2, live_version = $3, live_since = $4, state = $5, updated_at = now()
where model = $1`;

const RUNNING = `
select distinct model from registry.deployments where state in ('staging', 'canary', 'activating')`;

const WITH_CANARY = `select distinct model from registry.deployments where state = 'canary'`;

const CatalogueRow = z.object({
  version: z.string(),
  digest: z.string(),
  artifact_uri: z.string(),
  state: VersionState,
  verdict: Verdict.nullable(),
});

/** The decided state of each model. */
@Injectable()
export class ModelStore {
  /** Makes sure the model has a row to lock. */
  async ensure(manager: EntityManager, model: string): Promise<void> {
    await manager.query(ENSURE, [model, JSON.stringify(initialState(model))]);
  }

  /** Locks the model until the transaction ends, so that one decision is taken at a time. Null: no such model. */
  async lock(manager: EntityManager, model: string): Promise<ModelState | null> {
    const rows = await manager.query<{ state: unknown }[]>(LOCK, [model]);
    return rows[0] === undefined ? null : ModelState.parse(rows[0].state);
  }

  /** As of now, without a lock. Throws when there is no such model. */
  async read(manager: EntityManager, model: string): Promise<ModelState> {
    const rows = await manager.query<{ state: unknown }[]>(READ, [model]);
    return ModelState.parse(rows[0]?.state);
  }

  async catalogue(manager: EntityManager, model: string): Promise<Map<string, CatalogueEntry>> {
    const rows = z.array(CatalogueRow).parse(await manager.query(CATALOGUE, [model]));
    return new Map(
      rows.map(({ version, digest, artifact_uri, state, verdict }) => [
        version,
        { ref: { version, digest, artifact_uri }, state, verdict },
      ]),
    );
  }

  async save(manager: EntityManager, state: ModelState): Promise<void> {
    const { model, generation, live } = state;
    await manager.query(SAVE, [model, generation, live?.version ?? null, live?.since ?? null, JSON.stringify(state)]);
  }

  /** The models in which something waits for acknowledgements or for time. */
  async withRunningDeployment(manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ model: string }[]>(RUNNING);
    return rows.map(({ model }) => model);
  }

  /** The models of which a canary is running. */
  async withCanary(manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ model: string }[]>(WITH_CANARY);
    return rows.map(({ model }) => model);
  }
}
