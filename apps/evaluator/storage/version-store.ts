import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { DesiredState } from '#contracts/events/deployment';
import { sqlIn } from '#database/sql';
import { LiveReferences } from '#domain/monitoring/live-reference';

const sql = sqlIn(import.meta.dirname);

const REMEMBER_STATE = `
insert into evaluation.desired_states (model, generation, live_version) values ($1, $2, $3)
on conflict do nothing`;

const REMEMBER_VERSION = `
insert into evaluation.versions as known (model, version, digest, generation) values ($1, $2, $3, $4)
on conflict (model, version) do update set digest = excluded.digest, generation = excluded.generation
where excluded.generation > known.generation`;

const DESCRIBE = sql('describe-versions');

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
export class VersionStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Repeats and old news change nothing; a number that another history gave to another package is what the newer one says. */
  async remember({ model, generation, live, staged, canary, shadow, warm }: DesiredState): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(REMEMBER_STATE, [model, generation, live?.version ?? null]);
      for (const ref of [live, staged, canary, shadow, ...warm])
        if (ref) await manager.query(REMEMBER_VERSION, [model, ref.version, ref.digest, generation]);
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
