import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { VersionRef } from '#contracts/primitives';

const LIVE = 'select version, digest, artifact_uri from registry.live_versions where model = $1';

/** What is live, as the registry publishes it. */
@Injectable()
export class ChampionStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** The live version of a model; null before the first one. */
  async live(model: string): Promise<VersionRef | null> {
    const [champion] = z.array(VersionRef).parse(await this.dataSource.query(LIVE, [model]));
    return champion ?? null;
  }
}
