import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { useEncoder } from '#features/kinds';

/** Names of an encoder's columns, in order: `pa`, `pa=(missing)`, `tld=org`, `tld=(unseen)`. */
export const encoderColumns = (encoder: Encoder): readonly string[] => useEncoder(encoder).columns;

/** Number of matrix columns one encoder fills. */
export const encoderWidth = (encoder: Encoder): number => encoderColumns(encoder).length;

/** The actions whose one-hot columns close a row; none for a multi-class model. */
export const actionsOf = (definition: ModelDefinition): readonly string[] =>
  definition.kind === 'action-outcome' ? definition.actions : [];

/** Class names in the order of the probabilities. */
export const classesOf = (definition: ModelDefinition): readonly string[] =>
  definition.kind === 'action-outcome' ? ['failed', 'success'] : definition.classes;

/** Every column of the matrix in order: the encoders', then `action=NAME` per action. */
export function matrixColumns(definition: ModelDefinition, encoders: readonly Encoder[]): string[] {
  return [...encoders.flatMap(encoderColumns), ...actionsOf(definition).map((action) => `action=${action}`)];
}
