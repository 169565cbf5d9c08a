import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { ratchet } from '#contracts/command-line';
import type { ModelDefinition } from '#contracts/model-definition';
import { LiveDefinitions } from '#platform/live-definitions';
import { DefinitionError, parseModelDefinition } from '#platform/model-definitions';
import type { TrainerConfig } from '../config.js';
import { TRAINER_CONFIG } from '../keys.js';

/** Why a model cannot be trained by its name, and what to do about it. */
export class DefinitionUnusable extends Error {
  constructor(
    readonly reason: string,
    readonly remedy: string,
  ) {
    super(`${reason} ${remedy}`);
    this.name = 'DefinitionUnusable';
  }
}

/** What was defined a moment ago may still be on its way. */
const JUST_NOW_MS = 3_000;

/**
 * Model definitions as the registry has published them. What it has not, is read from the files of MODELS_DIR, anew each time.
 */
@Injectable()
export class DefinitionRepository {
  constructor(
    @Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'MODELS_DIR'>,
    @Inject(LiveDefinitions) private readonly live: LiveDefinitions,
  ) {}

  /**
   * Waits for a model that may have been defined just before it was asked for. What was asked for longer ago, as in a backlog, would
   * have been followed by its definition by now.
   *
   * @param agoMs how long ago, in milliseconds
   */
  async expect(model: string, agoMs: number): Promise<void> {
    await this.live.ready();
    const patience = Math.min(JUST_NOW_MS, JUST_NOW_MS - agoMs);
    if (patience > 0 && !this.names().includes(model)) await this.live.until(() => this.live.has(model), patience);
  }

  /** The definition of a model. Throws {@link DefinitionUnusable}. */
  read(model: string): ModelDefinition {
    const published = this.live.get(model);
    if (published) return published;
    const folder = this.config.MODELS_DIR;
    const file = ['yaml', 'yml'].map((ending) => join(folder, `${model}.${ending}`)).find((path) => existsSync(path));
    if (file === undefined) {
      const known = this.names();
      throw new DefinitionUnusable(
        `There is no model definition "${model}" in ${folder}.`,
        known.length > 0 ? `Ask for one of: ${known.join(', ')}.` : `Put ${model}.yaml there.`,
      );
    }
    try {
      const definition = parseModelDefinition(readFileSync(file, 'utf8'), file);
      if (definition.name === model) return definition;
      throw new DefinitionUnusable(
        `${file} defines "${definition.name}", expected "${model}" like the file.`,
        'Rename one of the two.',
      );
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      throw new DefinitionUnusable(
        `The model definition is wrong: ${error.message}.`,
        `Correct it; "${ratchet('models check', null, file)}" checks it.`,
      );
    }
  }

  /** Names of all models that are published or have a file. */
  names(): string[] {
    const files = readdirSync(this.config.MODELS_DIR)
      .filter((entry) => /\.ya?ml$/.test(entry))
      .map((entry) => entry.replace(/\.ya?ml$/, ''));
    return [...new Set([...this.live.keys(), ...files])].sort();
  }
}
