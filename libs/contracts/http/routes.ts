import { z } from 'zod';
import { ModelName, Uuid, Version } from '../primitives.js';
import { CollectionRequest, ImportKind, ImportProgress } from './ingest.js';
import {
  AuditRecord,
  AuditVerification,
  CommandAccepted,
  DeployBody,
  Deployment,
  ModelStatus,
  RetrainAccepted,
  RetrainBody,
  RollbackBody,
  Run,
  TokenBody,
  TokenCreated,
  VersionComparison,
  VersionDetail,
  VersionSummary,
} from './registry.js';
import type { Route } from './route.js';
import { DecideRequest, DecideResponse } from './serving.js';

const ofModel = z.object({ model: ModelName });
const limit = z.coerce.number().int().min(1).max(1000).default(100);

/** What the registry answers on port 7400. */
export const REGISTRY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/models',
    operation: 'listModels',
    tag: 'models',
    access: 'viewer',
    summary: 'Every model: what is live, who serves it, what is under way.',
    replies: [{ status: 200, description: 'One entry per model definition.', schema: z.array(ModelStatus) }],
  },
  {
    method: 'GET',
    path: '/v1/models/{model}',
    operation: 'getModel',
    tag: 'models',
    access: 'viewer',
    summary: 'One model: live version, generation, canary, instances, dataset size, last run, open alerts.',
    params: ofModel,
    replies: [{ status: 200, description: 'The model.', schema: ModelStatus }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/versions',
    operation: 'listVersions',
    tag: 'versions',
    access: 'viewer',
    summary: 'Every version of a model, newest first.',
    params: ofModel,
    replies: [{ status: 200, description: 'The versions.', schema: z.array(VersionSummary) }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}',
    operation: 'getVersion',
    tag: 'versions',
    access: 'viewer',
    summary: 'One version with its whole evaluation.',
    params: ofModel.extend({ version: Version }),
    replies: [{ status: 200, description: 'The version.', schema: VersionDetail }],
    problems: { 404: 'There is no such model or version.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/compare',
    operation: 'compareVersions',
    tag: 'versions',
    access: 'viewer',
    summary: 'Two versions side by side, metric by metric.',
    params: ofModel,
    query: z.object({ from: Version, to: Version }),
    replies: [{ status: 200, description: 'Both versions and the differences.', schema: VersionComparison }],
    problems: { 404: 'There is no such model or version.' },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/deploy',
    operation: 'deployVersion',
    tag: 'deployments',
    access: 'operator',
    summary:
      'Makes a version live: staged and verified on every instance first, by canary steps where the model has them.',
    description: 'The same as the command on `model.deploy-requested`. A repeated `command_id` starts nothing new.',
    params: ofModel,
    body: { description: 'Which version, and why.', schema: DeployBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CommandAccepted }],
    problems: {
      404: 'There is no such model or version.',
      409: 'Not possible now: already live, a verdict other than pass without force, a deployment in progress, or a stale expected_generation.',
    },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/rollback',
    operation: 'rollBack',
    tag: 'deployments',
    access: 'operator',
    summary: 'Goes back to the version before the live one, or to the one named.',
    description: 'The same as the command on `model.rollback-requested`. A repeated `command_id` starts nothing new.',
    params: ofModel,
    body: { description: 'Why, and to which version.', schema: RollbackBody },
    replies: [{ status: 202, description: 'Follow the deployment by its id.', schema: CommandAccepted }],
    problems: {
      404: 'There is no such model or version.',
      409: 'Not possible now: nothing to go back to, already live, or a stale expected_generation.',
    },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/retrain',
    operation: 'requestTraining',
    tag: 'training',
    access: 'operator',
    summary: 'Asks for a training run now.',
    params: ofModel,
    body: { description: 'How to train; everything has a default.', schema: RetrainBody, optional: true },
    replies: [{ status: 202, description: 'Find the run by its request id.', schema: RetrainAccepted }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/deployments',
    operation: 'listDeployments',
    tag: 'deployments',
    access: 'viewer',
    summary: 'Deployments and rollbacks, newest first, each with the acknowledgement of every instance.',
    params: ofModel,
    query: z.object({ limit }),
    replies: [{ status: 200, description: 'The deployments.', schema: z.array(Deployment) }],
    problems: { 404: 'There is no such model.' },
  },
  {
    method: 'GET',
    path: '/v1/models/{model}/deployments/{deployment_id}',
    operation: 'getDeployment',
    tag: 'deployments',
    access: 'viewer',
    summary: 'One deployment.',
    params: ofModel.extend({ deployment_id: Uuid }),
    replies: [{ status: 200, description: 'The deployment.', schema: Deployment }],
    problems: { 404: 'There is no such deployment.' },
  },
  {
    method: 'GET',
    path: '/v1/runs',
    operation: 'listRuns',
    tag: 'training',
    access: 'viewer',
    summary: 'Training runs, newest first.',
    query: z.object({ model: ModelName.optional(), limit }),
    replies: [{ status: 200, description: 'The runs.', schema: z.array(Run) }],
  },
  {
    method: 'GET',
    path: '/v1/runs/{run_id}',
    operation: 'getRun',
    tag: 'training',
    access: 'viewer',
    summary: 'One training run: stage, progress, and in the end version and verdict.',
    params: z.object({ run_id: Uuid }),
    replies: [{ status: 200, description: 'The run.', schema: Run }],
    problems: { 404: 'There is no such run.' },
  },
  {
    method: 'GET',
    path: '/v1/audit',
    operation: 'listAudit',
    tag: 'audit',
    access: 'viewer',
    summary: 'The audit log, newest first.',
    query: z.object({ model: ModelName.optional(), limit }),
    replies: [{ status: 200, description: 'The records.', schema: z.array(AuditRecord) }],
  },
  {
    method: 'GET',
    path: '/v1/audit/verify',
    operation: 'verifyAudit',
    tag: 'audit',
    access: 'viewer',
    summary: 'Recomputes the whole hash chain.',
    replies: [
      { status: 200, description: 'Whether it is intact, and else where it breaks.', schema: AuditVerification },
    ],
  },
  {
    method: 'POST',
    path: '/v1/tokens',
    operation: 'createToken',
    tag: 'access',
    access: 'admin',
    summary: 'Creates a token; it is shown this once and stored only as a hash.',
    body: { description: 'For whom, and what they may do.', schema: TokenBody },
    replies: [{ status: 201, description: 'The token.', schema: TokenCreated }],
    problems: { 409: 'The name is taken.' },
  },
  {
    method: 'GET',
    path: '/v1/events',
    operation: 'followEvents',
    tag: 'events',
    access: 'viewer',
    summary: 'Server-sent events: progress, verdicts, deployments and acknowledgements as they happen.',
    description:
      'Each event is named for its Kafka topic; its data is the message value, as docs/asyncapi.yaml describes it.',
    query: z.object({ model: ModelName.optional() }),
    replies: [{ status: 200, description: 'A stream that stays open.', contentType: 'text/event-stream' }],
  },
];

/** What every serving instance answers, from port 7410 up. */
export const SERVING_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/decide',
    operation: 'decide',
    tag: 'decisions',
    access: 'viewer-off-loopback',
    summary: 'Recommends an action for a task.',
    description: 'Any site feature may be missing. The decision and the features go to the topic `predictions`.',
    body: { description: 'The task, and what is known about its site.', schema: DecideRequest },
    replies: [{ status: 200, description: 'The decision and the version that made it.', schema: DecideResponse }],
    problems: { 404: 'There is no such model.', 503: 'No version of the model is live yet.' },
  },
];

/** What feedback-ingest answers on port 7420. */
export const INGEST_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/imports',
    operation: 'importFile',
    tag: 'imports',
    access: 'operator',
    summary: 'Takes a file, streamed; answers with lines of progress while it reads.',
    description: 'The same file again adds nothing: events are recognised by their content.',
    query: z.object({ kind: ImportKind, name: z.string().min(1).max(1024), model: ModelName.optional() }),
    body: {
      description: 'The file as it is: JSON lines, CSV, or a saved answer of the historical API.',
      contentTypes: ['application/octet-stream'],
    },
    replies: [
      {
        status: 200,
        description: 'One JSON object per line; the last has `done` true.',
        schema: ImportProgress,
        contentType: 'application/x-ndjson',
      },
    ],
  },
  {
    method: 'POST',
    path: '/v1/collections',
    operation: 'collect',
    tag: 'imports',
    access: 'operator',
    summary: 'Collects from the historical API; answers with lines of progress.',
    body: { description: 'How far back.', schema: CollectionRequest, optional: true },
    replies: [
      {
        status: 200,
        description: 'One JSON object per line; the last has `done` true.',
        schema: ImportProgress,
        contentType: 'application/x-ndjson',
      },
    ],
    problems: { 409: 'HISTORICAL_API_URL is not set.' },
  },
];

const Health = z.object({ status: z.enum(['up', 'down']) }).meta({ id: 'Health' });
const Readiness = Health.extend({
  checks: z.array(z.object({ name: z.string(), status: z.enum(['up', 'down']), reason: z.string().optional() })),
}).meta({ id: 'Readiness' });

/** What every service answers. */
export const COMMON_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/health/live',
    operation: 'isLive',
    tag: 'operation',
    access: 'none',
    summary: 'The process answers.',
    replies: [{ status: 200, description: 'Up.', schema: Health }],
  },
  {
    method: 'GET',
    path: '/health/ready',
    operation: 'isReady',
    tag: 'operation',
    access: 'none',
    summary: 'Everything it needs is there.',
    replies: [
      { status: 200, description: 'Ready.', schema: Readiness },
      { status: 503, description: 'Not ready; each check that fails says why.', schema: Readiness },
    ],
  },
  {
    method: 'GET',
    path: '/metrics',
    operation: 'readMetrics',
    tag: 'operation',
    access: 'none',
    summary: 'Prometheus metrics.',
    replies: [{ status: 200, description: 'The text exposition format.', contentType: 'text/plain' }],
  },
];
