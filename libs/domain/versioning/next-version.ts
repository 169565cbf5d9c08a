import { describeBackend, type Grower } from '#contracts/backends';
import type { ModelDefinition } from '#contracts/model-definition';
import { canonicalJson } from '../audit/canonical-json.js';
import { formatVersion, parseVersion } from './semantic-version.js';

/** What of a trained model decides its number. */
export interface VersionBasis {
  definition: ModelDefinition;
  /** What it was really trained with; a run may override the definition's. */
  backend: Grower;
  snapshotHash: string;
}

export type VersionStep = 'first' | 'major' | 'minor' | 'patch';

/** What a feature is to whoever sends it; when a run fails over it is the trainer's business alone. */
function sent(feature: ModelDefinition['features'][number]): unknown {
  const { when_constant: _fails, ...rest } = feature;
  if (!('max_categories' in rest)) return rest;
  const { max_categories: _most, ...others } = rest;
  return others;
}

/** Whoever sends features or reads probabilities depends on this part. */
function surface({ definition, backend }: VersionBasis): string {
  const label =
    definition.kind === 'action-outcome'
      ? { actions: definition.actions }
      : { label: definition.label, classes: definition.classes };
  return canonicalJson({
    kind: definition.kind,
    features: definition.features.map(sent),
    label,
    family: describeBackend(backend).family,
  });
}

/** What changes the trees although the data is the same. */
function recipe({ definition, backend }: VersionBasis): string {
  const { hyper_parameters, early_stopping_rounds, class_weights, seed, split } = definition;
  return canonicalJson({ backend, hyper_parameters, early_stopping_rounds, class_weights, seed, split });
}

/**
 * major: features, classes, label or algorithm family changed; patch: the same snapshot and recipe were built again
 * (with another library version, say); minor: everything else, that is new data or other hyper-parameters.
 */
export function versionStep(previous: VersionBasis | null, next: VersionBasis): VersionStep {
  if (previous === null) return 'first';
  if (surface(previous) !== surface(next)) return 'major';
  if (previous.snapshotHash === next.snapshotHash && recipe(previous) === recipe(next)) return 'patch';
  return 'minor';
}

/**
 * The number of a newly trained model.
 *
 * @param previous the highest version there is, whatever became of it, so that a number is never used twice
 */
export function nextVersion(previous: (VersionBasis & { version: string }) | null, next: VersionBasis): string {
  if (previous === null) return 'v1.0.0';
  const { major, minor, patch } = parseVersion(previous.version);
  switch (versionStep(previous, next)) {
    case 'first':
    case 'major':
      return formatVersion({ major: major + 1, minor: 0, patch: 0 });
    case 'minor':
      return formatVersion({ major, minor: minor + 1, patch: 0 });
    case 'patch':
      return formatVersion({ major, minor, patch: patch + 1 });
  }
}
