import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDefinition } from '#contracts/model-definition';
import { DefinitionError, loadModelDefinitions } from '#platform/model-definitions';
import { type Environment, projectFolder } from '../client/settings.js';
import { type Finding, failed, ok, warning } from './finding.js';

export const definitionsFolder = (env: Environment): string => env.MODELS_DIR || join(projectFolder(), 'deploy/models');

/** What goes unseen where nothing is explored. */
export function assessExploration(definitions: Iterable<ModelDefinition>): Finding[] {
  return [...definitions]
    .filter((definition) => definition.kind === 'action-outcome' && definition.exploration.rate === 0)
    .map(({ name, canary }) =>
      warning(
        `exploration of ${name}`,
        `It is 0: the holdout only knows what the live version chose, so that no challenger can be shown to choose better on it${canary.on_inconclusive === 'trial' ? '; each needs a trial on live tasks' : ', and the definition allows no trial'}.`,
        canary.on_inconclusive === 'trial'
          ? 'Nothing, if trials are enough; else set exploration.rate to 0.05 in the definition.'
          : 'Set exploration.rate to 0.05, or canary.on_inconclusive to trial, in the definition.',
      ),
    );
}

export function checkDefinitions(env: Environment): Finding[] {
  const folder = definitionsFolder(env);
  if (!existsSync(folder))
    return [
      failed('model definitions', `${folder} is not there.`, 'Set MODELS_DIR to the folder of the model definitions.'),
    ];
  try {
    const definitions = loadModelDefinitions(folder);
    const names = [...definitions.keys()];
    const found =
      names.length > 0
        ? ok('model definitions', `${names.join(', ')} in ${folder}.`)
        : failed(
            'model definitions',
            `${folder} holds no model definition.`,
            'Put one there, like deploy/models/backlink-outcome.yaml.',
          );
    return [found, ...assessExploration(definitions.values())];
  } catch (error) {
    if (error instanceof DefinitionError)
      return [failed('model definitions', error.message, 'Correct the file, then restart the services.')];
    throw error;
  }
}
