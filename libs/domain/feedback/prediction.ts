import { isObject, number, object, others, required, requiredText, taskId, uuid, whole } from './fields.js';
import type { Reading } from './reading.js';
import { type PredictionRecord, Rejected, shown } from './record.js';
import { modelRules } from './rules.js';
import { readTime } from './timestamp.js';

const KNOWN = new Set([
  'prediction_id',
  'model',
  'task_id',
  'predicted_at',
  'instance',
  'version',
  'generation',
  'role',
  'site',
  'decision',
  'probabilities',
  'propensity',
]);
const ROLES = ['live', 'canary', 'shadow'] as const;
export const VERSION = /^v\d+\.\d+\.\d+$/;

/** Reads what serving logged about one decision. Throws Rejected. */
export function readPrediction(fields: Record<string, unknown>, reading: Omit<Reading, 'eventId'>): PredictionRecord {
  const rules = modelRules(reading.rules, required(fields, 'model'));
  required(fields, 'prediction_id');
  required(fields, 'predicted_at');
  const version = requiredText(fields, 'version');
  if (!VERSION.test(version))
    throw new Rejected('wrong-type', 'version', `expected a version like "v1.2.0", got ${shown(version)}`);
  const role = ROLES.find((known) => known === fields.role);
  if (role === undefined)
    throw new Rejected('wrong-type', 'role', `expected ${ROLES.join(', ')}; got ${shown(fields.role)}`);
  const probabilities = required(fields, 'probabilities');
  if (!isObject(probabilities))
    throw new Rejected('wrong-type', 'probabilities', `expected an object, got ${shown(probabilities)}`);
  for (const name in probabilities) {
    required(probabilities, name);
    number(probabilities, name, 0, 1);
  }
  required(fields, 'generation');
  required(fields, 'propensity');
  const propensity = number(fields, 'propensity', 0, 1) ?? 0;
  if (propensity === 0) throw new Rejected('out-of-range', 'propensity', 'expected a number above 0, got 0');
  return {
    predictionId: uuid(fields, 'prediction_id') ?? '',
    model: rules.model,
    taskId: taskId(fields, 'task_id'),
    predictedAt: readTime(fields.predicted_at, 'predicted_at', reading.now) ?? reading.receivedAt,
    instance: requiredText(fields, 'instance'),
    version,
    generation: whole(fields, 'generation', Number.MAX_SAFE_INTEGER) ?? 0,
    role,
    decision: requiredText(fields, 'decision'),
    propensity,
    probabilities,
    features: object(fields, 'site'),
    details: others(fields, KNOWN),
  };
}
