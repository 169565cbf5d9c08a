import type { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';

/** Number of matrix columns one encoder fills. */
export function encoderWidth(encoder: Encoder): number {
  switch (encoder.encoding) {
    case 'numeric':
    case 'boolean':
      return encoder.indicator ? 2 : 1;
    case 'one-hot':
      return encoder.categories.length + 1;
    case 'ordinal':
      return 1;
  }
}

/** Names of an encoder's columns, in order: `pa`, `pa=(missing)`, `tld=org`, `tld=(unseen)`. */
export function encoderColumns(encoder: Encoder): string[] {
  const { feature } = encoder;
  switch (encoder.encoding) {
    case 'numeric':
    case 'boolean':
      return encoder.indicator ? [feature, `${feature}=(missing)`] : [feature];
    case 'one-hot':
      return [...encoder.categories.map((category) => `${feature}=${category}`), `${feature}=(unseen)`];
    case 'ordinal':
      return [feature];
  }
}

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
