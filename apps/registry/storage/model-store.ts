import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Verdict } from '#contracts/events/evaluation';
import { VersionState } from '#contracts/http/versions';
import { sqlIn } from '#database/sql';
import type { CatalogueEntry } from '#domain/deployment/inputs';
import { initialState, ModelState } from '#domain/deployment/state';

const sql = sqlIn(import.meta.dirname);

const ENSURE = `
insert into registry.models (model, state) values ($1, $2) on conflict (model) do nothing`;

const LOCK = `
select state from registry.models where model = $1 for update`;

const NAMES = 'select model from registry.models order by model';

const TAKE = 'select state, catalogue from registry.take($1)';

const READ = 'select state from registry.models where model = $1';

const CATALOGUE = sql('catalogue');

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

const Catalogue = z
  .array(CatalogueRow)
  .transform(
    (rows): Map<string, CatalogueEntry> =>
      new Map(
        rows.map(({ version, digest, artifact_uri, state, verdict }) => [
          version,
          { ref: { version, digest, artifact_uri }, state, verdict },
        ]),
      ),
  );

/** What a decision about a model is taken by. */
export interface TakenModel {
  state: ModelState;
  catalogue: ReadonlyMap<string, CatalogueEntry>;
}

/** The decided state of each model; decisions write it. */
@Injectable()
export class ModelStore {
  async names(manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ model: string }[]>(NAMES);
    return rows.map(({ model }) => model);
  }

  /** Makes sure the model has a row to lock. */
  async ensure(manager: EntityManager, model: string): Promise<void> {
    await manager.query(ENSURE, [model, JSON.stringify(initialState(model))]);
  }

  /** Locks the model until the transaction ends, so that one decision is taken at a time. Null: no such model. */
  async lock(manager: EntityManager, model: string): Promise<ModelState | null> {
    const rows = await manager.query<{ state: unknown }[]>(LOCK, [model]);
    return rows[0] === undefined ? null : ModelState.parse(rows[0].state);
  }

  /** Locks the model like {@link lock}, and looks at its versions in the same round trip. */
  async take(manager: EntityManager, model: string): Promise<TakenModel | null> {
    const [row] = await manager.query<{ state: unknown; catalogue: unknown }[]>(TAKE, [model]);
    if (row === undefined || row.state === null) return null;
    return { state: ModelState.parse(row.state), catalogue: Catalogue.parse(row.catalogue) };
  }

  /** As of now, without a lock. Throws when there is no such model. */
  async read(manager: EntityManager, model: string): Promise<ModelState> {
    const rows = await manager.query<{ state: unknown }[]>(READ, [model]);
    return ModelState.parse(rows[0]?.state);
  }

  async catalogue(manager: EntityManager, model: string): Promise<Map<string, CatalogueEntry>> {
    return Catalogue.parse(await manager.query(CATALOGUE, [model]));
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
