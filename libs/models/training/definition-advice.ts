import { ratchet } from '#contracts/command-line';
import type { ModelDefinition } from '#contracts/model-definition';

/** Where a definition is changed, be it from a file or from somebody who added it to the running system. */
export const inDefinition = ({ name: model }: Pick<ModelDefinition, 'name'>): string =>
  `its definition ("${ratchet(`models describe ${model}`, null, '--yaml')} > ${model}.yaml" writes it, and "${ratchet(`models add ${model}.yaml`, null)}" takes it)`;
