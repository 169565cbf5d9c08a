import type { TrainingProgress } from '#contracts/events/training';
import type { Deployment } from '#contracts/http/deployments';

/**
 * What an event's data is, told by the fields that only it has: the registry sends nothing that does not fit its
 * contract, and the page ships no validator.
 */

const has = (data: unknown, ...fields: string[]): boolean =>
  typeof data === 'object' && data !== null && fields.every((field) => field in data);

export const isTrainingProgress = (data: unknown): data is TrainingProgress =>
  has(data, 'run_id', 'model', 'stage', 'progress', 'message');

export const isDeployment = (data: unknown): data is Deployment =>
  has(data, 'deployment_id', 'model', 'state', 'to_version', 'instances');
