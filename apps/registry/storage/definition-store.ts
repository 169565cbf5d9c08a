import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { ModelDefined } from '#contracts/events/definition';

const COLUMNS = 'model, revision, definition, text, source, actor, reason, defined_at';

const CURRENT = `
select distinct on (model) ${COLUMNS} from registry.model_definitions order by model, revision desc`;

const OF_MODEL = `
select ${COLUMNS} from registry.model_definitions where model = $1 order by revision desc`;

const LAST_SEED = `
select ${COLUMNS} from registry.model_definitions
where model = $1 and source = 'file' order by revision desc limit 1`;

const ADD = `
insert into registry.model_definitions (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const Row = ModelDefined.extend({ text: z.string(), defined_at: z.date().transform((at) => at.toISOString()) });
export type StoredDefinition = z.output<typeof Row>;

/** Every revision of every definition; nothing is changed or removed. */
@Injectable()
export class DefinitionStore {
  /** What holds, by name. */
  async current(manager: EntityManager): Promise<StoredDefinition[]> {
    return z.array(Row).parse(await manager.query(CURRENT));
  }

  /** Newest first; empty where there is no such model. */
  async revisions(manager: EntityManager, model: string): Promise<StoredDefinition[]> {
    return z.array(Row).parse(await manager.query(OF_MODEL, [model]));
  }

  /** What a file said last. */
  async lastSeed(manager: EntityManager, model: string): Promise<StoredDefinition | null> {
    const [row] = z.array(Row).parse(await manager.query(LAST_SEED, [model]));
    return row ?? null;
  }

  async add(manager: EntityManager, stored: StoredDefinition): Promise<void> {
    const { model, revision, definition, text, source, actor, reason, defined_at } = stored;
    await manager.query(ADD, [model, revision, JSON.stringify(definition), text, source, actor, reason, defined_at]);
  }
}
