import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { DesiredState } from '#contracts/events/deployment';
import { LiveReferences } from '#domain/monitoring/live-reference';

const REMEMBER_STATE = `
insert into evaluation.desired_states (model, generation, live_version) values ($1, $2, $3)
on conflict do nothing`;

const REMEMBER_VERSION = `
insert into evaluation.versions (model, version, digest) values ($1, $2, $3)
on conflict (model, version) do nothing`;

/**
 * Of each version in $1 and $2 (models and versions, in step): its live references, and the generation in which it last
 * became live, which is one whose predecessor had another live version. Generations may arrive in any order.
 */
const DESCRIBE = `
with wanted as (select * from unnest($1::text[], $2::text[]) as w(model, version)),
turns as (
  select model, live_version, generation,
    lag(live_version) over (partition by model order by generation) is distinct from live_version as turned
  from evaluation.desired_states where model = any($1)
)
select w.model, w.version, e.live_references as "references",
  (select max(generation)::int from turns t where t.model = w.model and t.live_version = w.version and t.turned)
    as "liveGeneration"
from wanted w
left join evaluation.versions v on v.model = w.model and v.version = w.version
left join registry.live_versions l on l.model = w.model and l.version = w.version
left join lateral (
  select live_references from evaluation.evaluations e
  where e.digest = coalesce(v.digest, l.digest) and e.live_references is not null
  order by e.evaluated_at desc limit 1
) e on true`;

const Described = z.array(
  z.object({
    model: z.string(),
    version: z.string(),
    references: LiveReferences.nullable(),
    liveGeneration: z.int().nullable(),
  }),
);
export type DescribedVersion = z.infer<typeof Described>[number];

/** What the registry has said about versions. */
@Injectable()
export class VersionRepository {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Repeats and old news change nothing. */
  async remember({ model, generation, live, staged, canary, shadow, warm }: DesiredState): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(REMEMBER_STATE, [model, generation, live?.version ?? null]);
      for (const ref of [live, staged, canary, shadow, ...warm])
        if (ref) await manager.query(REMEMBER_VERSION, [model, ref.version, ref.digest]);
    });
  }

  async describe(
    manager: EntityManager,
    versions: readonly { model: string; version: string }[],
  ): Promise<DescribedVersion[]> {
    const rows = await manager.query(DESCRIBE, [versions.map(({ model }) => model), versions.map((v) => v.version)]);
    return Described.parse(rows);
  }
}
