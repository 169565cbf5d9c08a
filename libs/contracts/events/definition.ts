import { z } from 'zod';
import { ModelDefinition } from '../model-definition.js';
import { Actor, ModelName, Timestamp } from '../primitives.js';

/**
 * A model as it is defined from now on: the value of `model.defined`. The one with the highest revision holds; the registry
 * gives revisions out.
 */
export const ModelDefined = z
  .looseObject({
    model: ModelName,
    revision: z.int().min(1),
    definition: ModelDefinition,
    /** Whether it was found in MODELS_DIR, or somebody sent it. */
    source: z.enum(['file', 'operator']),
    actor: Actor,
    reason: z.string(),
    defined_at: Timestamp,
  })
  .meta({ id: 'ModelDefined' });
export type ModelDefined = z.infer<typeof ModelDefined>;
