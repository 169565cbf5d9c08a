import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { CanaryAccepted, CanaryBody, CanaryStatus, ShadowBody, ShadowStatus } from './rollout.js';
import type { Route } from './route.js';

const ofModel = z.object({ model: ModelName });

/** How the registry brings versions to part of the traffic, or beside it. */
export const ROLLOUT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/models/{model}/canary',
    operation: 'getCanary',
    tag: 'rollout',
    access: 'viewer',
    summary: 'The running canary: its share, its steps, its outcomes beside the live version, and what it waits for.',
    params: ofModel,
    replies: [{ status: 200, description: 'The canary; null if none is running.', schema: CanaryStatus }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/canary/advance',
    operation: 'advanceCanary',
    tag: 'rollout',
    access: 'operator',
    summary: 'Goes to the next step without waiting for its conditions; after the last one, the version is live.',
    params: ofModel,
    body: { description: 'Why.', schema: CanaryBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CanaryAccepted }],
    problems: { 404: 'There is no such model.', 409: 'No canary is running, or a stale expected_generation.' },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/canary/abort',
    operation: 'abortCanary',
    tag: 'rollout',
    access: 'operator',
    summary: 'Takes the canary back; what is live stays live.',
    params: ofModel,
    body: { description: 'Why.', schema: CanaryBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CanaryAccepted }],
    problems: { 404: 'There is no such model.', 409: 'No canary is running, or a stale expected_generation.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/shadow',
    operation: 'getShadow',
    tag: 'rollout',
    access: 'viewer',
    summary: 'The version that is scored on live traffic without being served, and how it would have done.',
    params: ofModel,
    replies: [{ status: 200, description: 'The shadow; null if there is none.', schema: ShadowStatus }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/shadow',
    operation: 'setShadow',
    tag: 'rollout',
    access: 'operator',
    summary: 'Scores a version beside the live one, or none from now on; nothing that is served changes.',
    params: ofModel,
    body: { description: 'Which version, and why.', schema: ShadowBody },
    replies: [{ status: 200, description: 'The shadow as it now is.', schema: ShadowStatus }],
    problems: {
      404: 'There is no such model.',
      409: 'Not possible now: no such version, live already, a deployment in progress, or a stale expected_generation.',
    },
  },
];
