import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DefinitionError, loadModelDefinitions } from '#platform/model-definitions';
import { type Environment, projectFolder } from '../client/settings.js';
import { type Finding, failed, ok } from './finding.js';

export const definitionsFolder = (env: Environment): string => env.MODELS_DIR || join(projectFolder(), 'deploy/models');

export function checkDefinitions(env: Environment): Finding {
  const folder = definitionsFolder(env);
  if (!existsSync(folder))
    return failed(
      'model definitions',
      `${folder} is not there.`,
      'Set MODELS_DIR to the folder of the model definitions.',
    );
  try {
    const names = [...loadModelDefinitions(folder).keys()];
    return names.length > 0
      ? ok('model definitions', `${names.join(', ')} in ${folder}.`)
      : failed(
          'model definitions',
          `${folder} holds no model definition.`,
          'Put one there, like deploy/models/backlink-outcome.yaml.',
        );
  } catch (error) {
    if (error instanceof DefinitionError)
      return failed('model definitions', error.message, 'Correct the file, then restart the services.');
    throw error;
  }
}
