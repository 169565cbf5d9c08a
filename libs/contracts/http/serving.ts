import { z } from 'zod';
import { Site } from '../events/feedback.js';
import { Generation, ModelName, Uuid, Version } from '../primitives.js';

/** `POST /v1/decide` */
export const DecideRequest = z
  .object({
    task_id: z.union([z.int(), z.string().min(1).max(256)]),
    model: ModelName.optional(),
    site: Site.default({}),
    /** Only these actions are possible for the task; all of the model's if left out. */
    actions: z.array(z.string()).min(1).optional(),
    /** Say how much each feature moved the decision's score; costs far more than the decision. */
    explain: z.boolean().optional(),
  })
  .meta({ id: 'DecideRequest', examples: [{ task_id: 9041, site: { url: 'https://forum.example.org/t/1', da: 44 } }] });
export type DecideRequest = z.infer<typeof DecideRequest>;

/** Shapley values in log-odds of the decision: base plus all features is its score. */
export const Contributions = z
  .object({
    /** The average score over the training rows. */
    base: z.number(),
    /** "action" is the action itself. */
    features: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Contributions' });
export type Contributions = z.infer<typeof Contributions>;

export const DecideResponse = z
  .object({
    prediction_id: Uuid,
    model: ModelName,
    model_version: Version,
    generation: Generation,
    role: z.enum(['live', 'canary']),
    /** The recommended action, or the most probable class. */
    decision: z.string(),
    /** Probability of the decision's success (or of the class). */
    confidence: z.number(),
    probabilities: z.record(z.string(), z.number()),
    propensity: z.number(),
    /** Where asked for; null if the model file does not hold what it takes. */
    contributions: Contributions.nullable().optional(),
  })
  .meta({ id: 'DecideResponse' });
export type DecideResponse = z.infer<typeof DecideResponse>;
