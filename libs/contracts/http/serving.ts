import { z } from 'zod';
import { Features } from '../events/feedback.js';
import { Generation, ModelName, Uuid, Version } from '../primitives.js';
import { defineOperations } from './operation.js';

/** `POST /v1/decide` */
export const DecideRequest = z
  .object({
    task_id: z.union([z.int(), z.string().min(1).max(256)], {
      error: 'expected your own id of the task: a text of 1 to 256 characters, or a whole number',
    }),
    model: ModelName.optional(),
    /** What is known of the task. Any feature may be missing. */
    features: Features.optional(),
    /** Another name of `features`, of engines that place links. */
    site: Features.optional(),
    /** Only these actions are possible for the task; all of the model's if left out. */
    actions: z.array(z.string()).min(1).optional(),
    /** Say how much each feature moved the decision's score; costs far more than the decision. */
    explain: z.boolean().optional(),
  })
  .meta({
    id: 'DecideRequest',
    examples: [{ task_id: 9041, features: { url: 'https://forum.example.org/t/1', da: 44 } }],
  });
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

/** What is the matter with a field. */
const FieldNote = z.object({ field: z.string(), detail: z.string() }).meta({ id: 'FieldNote' });

export const DecideResponse = z
  .object({
    prediction_id: Uuid,
    model: ModelName,
    model_version: Version,
    generation: Generation,
    role: z.enum(['live', 'canary']),
    /** The recommended action, or the most probable class; null where the model abstains, so that the engine goes by its own rule. */
    decision: z.string().nullable(),
    /** Probability of the decision's success (or of the class); of a degraded version, the share of decisions given as much that came true lately. */
    confidence: z.number(),
    probabilities: z.record(z.string(), z.number()),
    propensity: z.number(),
    /** The version is worse than always giving the same answer, and there is none to take its place yet. Left out where it is not. */
    degraded: z.literal(true).optional(),
    /** Where asked for; null if the model file does not hold what it takes. */
    contributions: Contributions.nullable().optional(),
    /** What of the request was not understood, and counted as missing. Left out where there is nothing to say. */
    warnings: z.array(FieldNote).optional(),
  })
  .meta({ id: 'DecideResponse' });
export type DecideResponse = z.infer<typeof DecideResponse>;

/** What every serving instance answers besides the Open Inference Protocol. */
export const DECISION_OPERATIONS = defineOperations({
  decide: {
    method: 'POST',
    path: '/v1/decide',
    tag: 'decisions',
    access: 'viewer-off-loopback',
    summary: 'Recommends an action for a task.',
    description:
      'Any feature may be missing. One that the model does not know, or of a wrong type, counts as missing and is named in `warnings`. The decision and the features go to the topic `predictions`.',
    query: z.object({
      strict: z
        .enum(['true', 'false'])
        .optional()
        .describe(
          '"true" answers 400 instead of warning; "false" warns although the model\'s definition says `strict`.',
        ),
    }),
    body: { description: 'The task, and what is known of it.', schema: DecideRequest },
    replies: [{ status: 200, description: 'The decision and the version that made it.', schema: DecideResponse }],
    problems: {
      404: 'There is no such model.',
      413: 'Too large a body.',
      429: 'More requests than the instance answers.',
      503: 'No version of the model is live yet.',
    },
  },
});
