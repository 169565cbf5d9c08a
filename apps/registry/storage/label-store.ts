import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AliasRecord, Tags } from '#contracts/http/labels';
import { versionAliases, versions, versionTags } from './entities.js';

interface Labelled {
  readonly description: string | null;
  readonly tags: Tags;
  readonly aliases: string[];
}

/** What people call versions, and say of them. */
@Injectable()
export class LabelStore {
  /** By name. */
  aliases(manager: EntityManager, model: string): Promise<AliasRecord[]> {
    return manager.find(versionAliases, { where: { model }, order: { alias: 'asc' } });
  }

  alias(manager: EntityManager, model: string, alias: string): Promise<AliasRecord | null> {
    return manager.findOneBy(versionAliases, { model, alias });
  }

  async pointAlias(manager: EntityManager, record: AliasRecord): Promise<void> {
    await manager.upsert(versionAliases, record, ['model', 'alias']);
  }

  async removeAlias(manager: EntityManager, model: string, alias: string): Promise<void> {
    await manager.delete(versionAliases, { model, alias });
  }

  /** Null where there is no such version. */
  async of(manager: EntityManager, model: string, version: string): Promise<Labelled | null> {
    const found = await manager.findOne(versions, {
      where: { model, version },
      select: { description: true, version: true },
    });
    if (found === null) return null;
    const order = { key: 'asc' } as const;
    const tags = await manager.find(versionTags, { where: { model, version }, order });
    const aliases = await manager.find(versionAliases, { where: { model, version }, order: { alias: 'asc' } });
    return {
      description: found.description,
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      aliases: aliases.map(({ alias }) => alias),
    };
  }

  /** Null takes a tag away. */
  async tag(manager: EntityManager, model: string, version: string, key: string, value: string | null): Promise<void> {
    if (value === null) await manager.delete(versionTags, { model, version, key });
    else await manager.upsert(versionTags, { model, version, key, value }, ['model', 'version', 'key']);
  }

  async describe(manager: EntityManager, model: string, version: string, description: string | null): Promise<void> {
    await manager.update(versions, { model, version }, { description });
  }
}
