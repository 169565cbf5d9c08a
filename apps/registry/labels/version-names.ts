import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ratchet } from '#contracts/command-line';
import { Version } from '#contracts/primitives';
import { ProblemError } from '#platform/problem';
import { LabelStore } from '../storage/label-store.js';

/** What to say of a name that means no version. */
export const unknownAlias = (model: string, name: string): string =>
  `${model} has no alias "${name}"; "${ratchet('alias list', model)}" shows those there are, and "${ratchet('list', model)}" its versions.`;

export const unknownVersion = (model: string, version: string): ProblemError =>
  new ProblemError(
    404,
    'Not found',
    `${model} has no version ${version}; "${ratchet('list', model)}" shows those there are.`,
    [{ field: 'version', detail: `${version} is not there` }],
  );

/** Which version is meant: everything that takes a version asks here. */
@Injectable()
export class VersionNames {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LabelStore) private readonly labels: LabelStore,
  ) {}

  /** A version's own name, whether there is such a version or not; null for an alias that there is not. */
  async find(model: string, name: string, manager: EntityManager = this.dataSource.manager): Promise<string | null> {
    if (Version.safeParse(name).success) return name;
    return (await this.labels.alias(manager, model, name))?.version ?? null;
  }

  /** Throws a 404 for an alias that there is not. */
  async expect(model: string, name: string, manager?: EntityManager): Promise<string> {
    const version = await this.find(model, name, manager);
    if (version !== null) return version;
    throw new ProblemError(404, 'Not found', unknownAlias(model, name), [
      { field: 'version', detail: `"${name}" is no alias of ${model}` },
    ]);
  }
}
