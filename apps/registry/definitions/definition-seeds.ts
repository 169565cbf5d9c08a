import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { KAFKA } from '#backbone/keys';
import type { Kafka } from '#kafka/client/connection';
import { endOffsets } from '#kafka/topics/end-offsets';
import { LiveDefinitions } from '#platform/live-definitions';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { parseModelDefinition } from '#platform/model-definitions';
import { ProblemError } from '#platform/problem';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { DefinitionStore } from '../storage/definition-store.js';
import { Definitions, sameDefinition } from './definitions.service.js';

const LOOK_EVERY_MS = 2_000;
/** Looks between two at the topic, which a disaster may have emptied. */
const LOOKS_PER_TOPIC_CHECK = 15;

/**
 * Takes the files of MODELS_DIR as seeds: a file that is new, or says something else than when it was last taken, becomes the
 * model's next revision. One that stands still never undoes what somebody has defined since. It looks again while it runs, so
 * a changed file needs no restart.
 */
@Injectable()
export class DefinitionSeeds implements OnApplicationBootstrap {
  /** What each file said when it was last looked at. */
  private readonly seen = new Map<string, string>();
  private looks = 0;
  /** The revision of each model that was held against the database. */
  private readonly checked = new Map<string, number>();

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Definitions) private readonly definitions: Definitions,
    @Inject(DefinitionStore) private readonly store: DefinitionStore,
    @Inject(LiveDefinitions) private readonly live: LiveDefinitions,
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(REGISTRY_CONFIG) private readonly config: Pick<RegistryConfig, 'MODELS_DIR'>,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    loops.add(new Loop({ name: 'model definitions', everyMs: LOOK_EVERY_MS, step: () => this.look(), logger }));
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const stored of await this.store.current(this.dataSource.manager)) this.live.take(stored);
    await this.takeFiles();
    await this.definitions.publishAgain();
  }

  private async look(): Promise<void> {
    await this.takeFiles();
    await this.holdAgainstOthers();
    if (++this.looks % LOOKS_PER_TOPIC_CHECK !== 0 || this.live.size === 0) return;
    // The database may have been restored meanwhile.
    this.checked.clear();
    const ends = await endOffsets(this.kafka, ['model.defined']);
    if (ends.every(({ low, high }) => low === high)) await this.definitions.publishAgain();
  }

  private async holdAgainstOthers(): Promise<void> {
    for (const model of this.live.keys()) {
      const heard = this.live.revisionOf(model);
      if (this.checked.get(model) === heard) continue;
      await this.definitions.holdAgainst(model, heard);
      this.checked.set(model, heard);
    }
  }

  private async takeFiles(): Promise<void> {
    const { MODELS_DIR: folder } = this.config;
    for (const name of readdirSync(folder).sort()) {
      if (!/\.ya?ml$/.test(name)) continue;
      const file = join(folder, name);
      const text = readFileSync(file, 'utf8');
      if (this.seen.get(file) === text) continue;
      try {
        await this.takeFile(file, text);
      } catch (error) {
        // A wrong file, or one that cannot follow on what holds; what is temporary is tried again.
        if (!(error instanceof ProblemError) && !(error instanceof Error && error.name === 'DefinitionError'))
          throw error;
        this.logger.error({ file, problem: error.message }, 'a model definition is not taken');
      }
      this.seen.set(file, text);
    }
  }

  private async takeFile(file: string, text: string): Promise<void> {
    const definition = parseModelDefinition(text, file);
    const model = definition.name;
    if (`${model}.yaml` !== basename(file) && `${model}.yml` !== basename(file))
      throw new ProblemError(409, 'Misnamed file', `${file} defines "${model}"; rename one of the two.`);
    const { manager } = this.dataSource;
    const last = await this.store.lastSeed(manager, model);
    if (last !== null && sameDefinition(last.definition, definition)) return;
    const said = { definition, text, source: 'file', actor: 'registry', reason: `file ${basename(file)}` } as const;
    const { stored, changed } = await this.dataSource.transaction((each) => this.definitions.write(each, said));
    if (changed)
      this.logger.info({ model, revision: stored.revision, file }, 'a model definition is taken from a file');
    this.live.take(stored);
  }
}
