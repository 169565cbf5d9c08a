import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ratchet } from '#contracts/command-line';
import {
  type AliasBody,
  type AliasRecord,
  type AliasSet,
  type DescriptionBody,
  MOST_ALIASES,
  MOST_TAGS,
  type TagBody,
  type VersionLabels,
} from '#contracts/http/labels';
import { storableText } from '#domain/audit/canonical-json';
import { ProblemError } from '#platform/problem';
import { ModelDirectory } from '../status/model-directory.js';
import { AuditStore } from '../storage/audit-store.js';
import { LabelStore } from '../storage/label-store.js';
import { ModelStore, type TakenModel } from '../storage/model-store.js';
import { unknownAlias, unknownVersion, VersionNames } from './version-names.js';

interface Change {
  readonly manager: EntityManager;
  readonly version: string;
  readonly catalogue: TakenModel['catalogue'];
  /** Into the audit log, unless before and after are the same. */
  record(action: string, before: unknown, after: unknown): Promise<void>;
}

/** Aliases, tags and descriptions of versions, each change in the audit log. */
@Injectable()
export class Labels {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(LabelStore) private readonly store: LabelStore,
    @Inject(VersionNames) private readonly names: VersionNames,
    @Inject(AuditStore) private readonly audit: AuditStore,
  ) {}

  async aliases(model: string): Promise<AliasRecord[]> {
    await this.directory.expect(model);
    return this.store.aliases(this.dataSource.manager, model);
  }

  /** Throws a 404 for what there is not, a 409 for a version that was removed and for one alias too many. */
  setAlias(model: string, { alias, version: name, reason }: AliasBody, actor: string): Promise<AliasSet> {
    return this.change(model, name, { actor, reason: reason ?? `set by ${actor}` }, async (change) => {
      const { manager, version } = change;
      if (change.catalogue.get(version)?.state === 'removed')
        throw conflict(
          `${model} ${version} was removed by retention; an alias needs a version that is there: ${ratchet('list', model)}`,
          'version',
        );
      const before = await this.store.alias(manager, model, alias);
      if (before?.version === version) return { ...before, previous: version };
      if (before === null && (await this.store.aliases(manager, model)).length >= MOST_ALIASES)
        throw conflict(
          `${model} has ${MOST_ALIASES} aliases, and more are not kept. Take one away first: ${ratchet('alias remove NAME', model)}`,
          'alias',
        );
      const record: AliasRecord = { model, alias, version, set_by: actor, set_at: new Date().toISOString() };
      await this.store.pointAlias(manager, record);
      await change.record('alias.set', before && { alias, version: before.version }, { alias, version });
      return { ...record, previous: before?.version ?? null };
    });
  }

  /** Throws a 404 for what there is not. */
  async removeAlias(model: string, alias: string, actor: string): Promise<AliasRecord> {
    return this.change(model, alias, { actor, reason: `removed by ${actor}` }, async ({ manager, record }) => {
      const before = await this.store.alias(manager, model, alias);
      if (before === null) throw new ProblemError(404, 'Not found', unknownAlias(model, alias));
      await this.store.removeAlias(manager, model, alias);
      await record('alias.removed', { alias, version: before.version }, null);
      return before;
    });
  }

  /** Throws a 404 for what there is not, a 409 for a tag too many. */
  tag(model: string, name: string, { tags, reason }: TagBody, actor: string): Promise<VersionLabels> {
    return this.change(model, name, { actor, reason: reason ?? `tagged by ${actor}` }, async (change) => {
      const { manager, version } = change;
      const before = await this.labelsOf(manager, model, version);
      for (const [key, value] of Object.entries(tags))
        await this.store.tag(manager, model, version, key, value === null ? null : storableText(value));
      const after = await this.labelsOf(manager, model, version);
      if (Object.keys(after.tags).length > MOST_TAGS)
        throw conflict(
          `${model} ${version} would have ${Object.keys(after.tags).length} tags; at most ${MOST_TAGS} are kept. Take some away: ${ratchet('tag', model, `--version ${version} --remove KEY`)}`,
          'tags',
        );
      const changed = JSON.stringify(before.tags) !== JSON.stringify(after.tags);
      if (changed) await change.record('version.tagged', { version, tags: before.tags }, { version, tags: after.tags });
      return { model, version, ...after, changed };
    });
  }

  /** Throws a 404 for what there is not. */
  describe(
    model: string,
    name: string,
    { description, reason }: DescriptionBody,
    actor: string,
  ): Promise<VersionLabels> {
    return this.change(model, name, { actor, reason: reason ?? `described by ${actor}` }, async (change) => {
      const { manager, version } = change;
      const before = await this.labelsOf(manager, model, version);
      const said = description === '' ? null : storableText(description);
      const changed = before.description !== said;
      if (changed) {
        await this.store.describe(manager, model, version, said);
        await change.record(
          'version.described',
          { version, description: before.description },
          { version, description: said },
        );
      }
      return { model, version, ...before, description: said, changed };
    });
  }

  private async labelsOf(manager: EntityManager, model: string, version: string) {
    const found = await this.store.of(manager, model, version);
    if (found === null) throw unknownVersion(model, version);
    return found;
  }

  /** With the model locked, so that retention does not remove the version meanwhile. */
  private async change<Answer>(
    model: string,
    name: string,
    { actor, reason }: { actor: string; reason: string },
    carryOut: (change: Change) => Promise<Answer>,
  ): Promise<Answer> {
    await this.directory.expect(model);
    return this.dataSource.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      if (taken === null) throw new Error(`${model} has lost its row`);
      const version = await this.names.expect(model, name, manager);
      if (!taken.catalogue.has(version)) throw unknownVersion(model, version);
      const entry = { at: new Date(), actor: storableText(actor), model, reason: storableText(reason) };
      return carryOut({
        manager,
        version,
        catalogue: taken.catalogue,
        record: async (action, before, after) => {
          await this.audit.append(manager, [{ ...entry, action, before, after }]);
        },
      });
    });
  }
}

const conflict = (detail: string, field: string): ProblemError =>
  new ProblemError(409, 'Conflict', detail, [{ field, detail }]);
