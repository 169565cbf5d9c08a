import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ModelDefinition } from '#contracts/model-definition';
import { DefinitionError, parseModelDefinition } from '#platform/model-definitions';
import type { TrainerConfig } from '../config.js';
import { TRAINER_CONFIG } from '../tokens.js';

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

/** Model definitions, read anew each time: a corrected file counts from the next run on, without a restart. */
@Injectable()
export class DefinitionRepository {
  constructor(@Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'MODELS_DIR'>) {}

  /** The definition of a model. Throws {@link DefinitionUnusable}. */
  read(model: string): ModelDefinition {
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
        `Correct it; "ratchet models validate ${file}" checks it.`,
      );
    }
  }

  /** Names of all definition files. */
  names(): string[] {
    return readdirSync(this.config.MODELS_DIR)
      .filter((entry) => /\.ya?ml$/.test(entry))
      .map((entry) => entry.replace(/\.ya?ml$/, ''))
      .sort();
  }
}
