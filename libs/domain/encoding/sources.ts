import type { Feature, ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource } from '#contracts/model-package';

/** How a feature's values are read. */
export type ValueKind = 'number' | 'boolean' | 'category';

/** Where a feature's raw value comes from. */
export function sourceOf(feature: Feature): FeatureSource {
  return feature.kind === 'derived-from-url'
    ? { from: 'url', field: feature.url, derive: feature.derive }
    : { from: 'field', field: feature.name };
}

export function valueKindOf(feature: Feature): ValueKind {
  switch (feature.kind) {
    case 'numeric':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'categorical':
      return 'category';
    case 'derived-from-url':
      return feature.derive === 'path_depth' ? 'number' : feature.derive === 'https' ? 'boolean' : 'category';
  }
}

/**
 * Where the split key's value comes from: null for the task id itself, else a feature's source, the URL's domain for
 * "domain", or the field of that name. A row without a value is a group of its own, by its task id.
 */
export function splitSourceOf(definition: ModelDefinition): FeatureSource | null {
  const { key } = definition.split;
  if (key === 'task_id') return null;
  const feature = definition.features.find(({ name }) => name === key);
  if (feature) return sourceOf(feature);
  return key === 'domain' ? { from: 'url', field: 'url', derive: 'domain' } : { from: 'field', field: key };
}
