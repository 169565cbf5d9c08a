import { z } from 'zod';
import { ModelDefined } from '../events/definition.js';
import { Reason } from '../primitives.js';
import { defineOperations } from './operation.js';
import { ofModel } from './parameters.js';

/** `GET /v1/models/{m}/definition` */
export const DefinitionDetail = ModelDefined.extend({
  /** The YAML it was read from, with its comments. */
  text: z.string(),
  /** Every revision, newest first. */
  history: z.array(ModelDefined.pick({ revision: true, source: true, actor: true, reason: true, defined_at: true })),
}).meta({ id: 'DefinitionDetail' });
export type DefinitionDetail = z.infer<typeof DefinitionDetail>;

/** `POST /v1/definitions` */
export const DefineBody = z
  .object({
    /** The YAML of a definition file. */
    text: z.string().min(1).max(1_000_000),
    reason: Reason,
    /** Rejected if the model's revision is another one by then; 0 for a model that must be new. */
    expected_revision: z.int().min(0).optional(),
  })
  .meta({ id: 'DefineBody' });
export type DefineBody = z.infer<typeof DefineBody>;

export const DefineAnswer = ModelDefined.extend({
  /** False where it said what held already. */
  changed: z.boolean(),
}).meta({ id: 'DefineAnswer' });
export type DefineAnswer = z.infer<typeof DefineAnswer>;

/** What models are, in a running system. */
export const DEFINITION_OPERATIONS = defineOperations({
  listDefinitions: {
    method: 'GET',
    path: '/v1/definitions',
    tag: 'models',
    access: 'viewer',
    summary: 'The definition of every model as it holds now.',
    replies: [{ status: 200, description: 'By name.', schema: z.array(ModelDefined) }],
  },
  readDefinition: {
    method: 'GET',
    path: '/v1/models/{model}/definition',
    tag: 'models',
    access: 'viewer',
    summary: 'A definition with the text it was read from, and who changed it when.',
    params: ofModel,
    replies: [{ status: 200, description: 'The definition.', schema: DefinitionDetail }],
    problems: { 404: 'There is no such model.' },
  },
  defineModel: {
    method: 'POST',
    path: '/v1/definitions',
    tag: 'models',
    access: 'operator',
    summary: 'Adds a model, or changes one, in the running system.',
    description:
      'It is kept with a revision and in the audit log, and every service goes by it from then on; nothing is restarted. What is live stays live: the next training goes by the new definition.',
    body: { description: 'The definition, and why.', schema: DefineBody },
    replies: [{ status: 200, description: 'The definition that holds now.', schema: DefineAnswer }],
    problems: { 409: 'The model is of another kind, or of another revision than expected.' },
  },
});
