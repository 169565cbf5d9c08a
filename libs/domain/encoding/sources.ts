import type { ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource } from '#contracts/model-package';
import { useFeature } from '#features/kinds';

/**
 * Where the split key's value comes from: null for the task id itself, else a feature's source, the URL's domain for
 * "domain", or the field of that name. A row without a value is a group of its own, by its task id.
 */
export function splitSourceOf(definition: ModelDefinition): FeatureSource | null {
  const { key } = definition.split;
  if (key === 'task_id') return null;
  const feature = definition.features.find(({ name }) => name === key);
  if (feature) return useFeature(feature).source;
  return key === 'domain' ? { from: 'url', field: 'url', derive: 'domain' } : { from: 'field', field: key };
}
