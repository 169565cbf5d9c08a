import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ratchet } from '#contracts/command-line';
import type { ModelDefined } from '#contracts/events/definition';
import type { DefineAnswer, DefineBody, DefinitionDetail } from '#contracts/http/definitions';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Role } from '#contracts/primitives';
import { canonicalJson } from '#domain/audit/canonical-json';
import type { Outbox } from '#outbox/outbox';
import type { Principal } from '#platform/auth/auth';
import { LiveDefinitions } from '#platform/live-definitions';
import type { Logger } from '#platform/logging';
import { DefinitionError, parseModelDefinition } from '#platform/model-definitions';
import { ProblemError } from '#platform/problem';
import { LOGGER, OUTBOX } from '../keys.js';
import { AuditStore } from '../storage/audit-store.js';
import { DefinitionStore, type StoredDefinition } from '../storage/definition-store.js';
import { ModelStore } from '../storage/model-store.js';

/** The topic brings a definition back to who wrote it within milliseconds; without Kafka, nobody waits longer than this. */
const PUBLISHED_WITHIN_MS = 5_000;
/** What the database holds as a revision; above it there is none. */
const HIGHEST_REVISION = 2 ** 31 - 1;

type Said = Pick<StoredDefinition, 'definition' | 'text' | 'source' | 'actor' | 'reason'>;

const published = ({ text: _, ...event }: StoredDefinition): ModelDefined => event;
export const sameDefinition = (a: ModelDefinition, b: ModelDefinition): boolean =>
  canonicalJson(a) === canonicalJson(b);

/** What models are: kept with revisions, audited, and published for every service. */
@Injectable()
export class Definitions {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DefinitionStore) private readonly store: DefinitionStore,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(LiveDefinitions) private readonly live: LiveDefinitions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async list(): Promise<ModelDefined[]> {
    return (await this.store.current(this.dataSource.manager)).map(published);
  }

  async detail(model: string): Promise<DefinitionDetail> {
    const [newest, ...older] = await this.store.revisions(this.dataSource.manager, model);
    if (newest === undefined)
      throw new ProblemError(
        404,
        'Not found',
        `There is no definition of "${model}"; "${ratchet('models list', null)}" shows those there are.`,
      );
    const history = [newest, ...older].map(({ revision, source, actor, reason, defined_at }) => ({
      revision,
      source,
      actor,
      reason,
      defined_at,
    }));
    return { ...newest, history };
  }

  /** Adds or changes a model; services go by it when this resolves, those that hear Kafka. */
  async define({ text, reason, expected_revision }: DefineBody, who: Principal): Promise<DefineAnswer> {
    const definition = read(text);
    const said: Said = { definition, text, source: 'operator', actor: who.name, reason };
    const { stored, changed } = await this.dataSource.transaction((manager) =>
      this.write(manager, said, { expected: expected_revision, by: who.role }),
    );
    const heard = await this.live.until(
      () => this.live.revisionOf(stored.model) >= stored.revision,
      PUBLISHED_WITHIN_MS,
    );
    if (!heard) this.live.take(published(stored));
    return { ...published(stored), changed };
  }

  /**
   * Takes a definition in the caller's transaction. Throws a 409 where it cannot follow on what holds, and a 403 where it takes
   * fewer people's consent than before and is no administrator's: who may deploy must not decide who has to agree.
   */
  async write(
    manager: EntityManager,
    said: Said,
    { expected, by = 'admin' }: { expected?: number | undefined; by?: Role } = {},
  ): Promise<{ stored: StoredDefinition; changed: boolean }> {
    const { definition } = said;
    const model = definition.name;
    await this.models.ensure(manager, model);
    await this.models.lock(manager, model);
    const [current] = await this.store.revisions(manager, model);
    const revision = current?.revision ?? 0;
    if (expected !== undefined && expected !== revision)
      throw new ProblemError(
        409,
        'Conflict',
        `${model} is at revision ${revision} by now, not at ${expected}; look at it again: ${ratchet(`models describe ${model}`, null)}`,
      );
    if (current && sameDefinition(current.definition, definition)) return { stored: current, changed: false };
    if (current && current.definition.kind !== definition.kind)
      throw new ProblemError(
        409,
        'Conflict',
        `${model} is of the kind ${current.definition.kind}, and its data and versions are; a model of the kind ${definition.kind} needs another name.`,
        [{ field: 'kind', detail: `expected ${current.definition.kind}` }],
      );
    const [people, fewer] = [current?.definition.approvals ?? 0, definition.approvals ?? 0];
    if (fewer < people && by !== 'admin')
      throw new ProblemError(
        403,
        'Forbidden',
        `${model} asks for the consent of ${people === 1 ? 'one person' : `${people} people`}; only an administrator lowers that.`,
        [{ field: 'approvals', detail: `expected ${people}` }],
      );
    return { stored: await this.add(manager, said, current ?? null), changed: true };
  }

  /**
   * Says again what this database holds, above every revision that was heard of: services would take anything lower for old news. One that
   * is higher was given out by somebody else, or by a history that a restored database has lost.
   */
  async holdAgainst(model: string, heard: number): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.models.lock(manager, model);
      const [current] = await this.store.revisions(manager, model);
      if (current === undefined || current.revision >= heard) return;
      const { definition, text, source, revision } = current;
      if (heard >= HIGHEST_REVISION) {
        this.logger.error(
          { model, heard, revision },
          'no revision is above it: delete the topic model.defined, apply it again, and restart the services',
        );
        return;
      }
      const reason = `revision ${heard} was heard of, which is not in this database: revision ${revision} is published again above it`;
      await this.add(manager, { definition, text, source, actor: 'registry', reason }, current);
      this.logger.error({ model, heard, revision }, reason);
    });
  }

  /** The next revision. Its number is above those of others as well. */
  private async add(manager: EntityManager, said: Said, current: StoredDefinition | null): Promise<StoredDefinition> {
    const { definition, actor, reason } = said;
    const model = definition.name;
    const at = new Date();
    const heard = this.live.revisionOf(model);
    const revision = Math.max(current?.revision ?? 0, heard < HIGHEST_REVISION ? heard : 0) + 1;
    const stored: StoredDefinition = { model, revision, ...said, defined_at: at.toISOString() };
    await this.store.add(manager, stored);
    await this.audit.append(manager, [
      {
        at,
        actor,
        action: 'model.defined',
        model,
        reason,
        before: current ? { revision: current.revision, definition: current.definition } : null,
        after: { revision: stored.revision, definition },
      },
    ]);
    await this.outbox.add(manager, 'model.defined', published(stored));
    return stored;
  }

  /** Publishes what holds once more; whoever knows it already takes no notice. */
  async publishAgain(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      for (const stored of await this.store.current(manager))
        await this.outbox.add(manager, 'model.defined', published(stored));
    });
  }
}

function read(text: string): ModelDefinition {
  try {
    return parseModelDefinition(text, 'definition');
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const errors = error.problems.map(({ line, field, detail }) => ({
      field: field === '' ? `line ${line}` : field,
      detail: field === '' ? detail : `${detail} (line ${line})`,
    }));
    const summary = error.problems.map(
      ({ line, field, detail }) => `line ${line}: ${field === '' ? '' : `${field}: `}${detail}`,
    );
    throw new ProblemError(400, 'Invalid definition', `The definition is wrong: ${summary.join('; ')}`, errors);
  }
}
