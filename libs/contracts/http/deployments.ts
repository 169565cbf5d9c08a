import { z } from 'zod';
import { DeploymentCause } from '../events/deployment.js';
import { Actor, Generation, ModelName, Reason, Timestamp, Uuid, Version, VersionOrAlias } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit, ofModel, ofVersion } from './parameters.js';
import { CanaryStep } from './rollout.js';

export const InstanceAcknowledgement = z.object({
  instance: z.string(),
  state: z.enum(['waiting', 'loaded', 'activated', 'failed']),
  /** From the command being accepted to this instance's acknowledgement. */
  milliseconds: z.number().nullable(),
  detail: z.string().nullable(),
});

export const DeploymentState = z.enum(['staging', 'canary', 'activating', 'done', 'failed', 'superseded']);
export type DeploymentState = z.infer<typeof DeploymentState>;

export const Deployment = z
  .object({
    deployment_id: Uuid,
    model: ModelName,
    /** A drill changes nothing: it asks every instance whether it could go back at once. */
    kind: z.enum(['deploy', 'rollback', 'drill']),
    state: DeploymentState,
    cause: DeploymentCause,
    from_version: Version.nullable(),
    to_version: Version,
    generation: Generation,
    /** "operator", "gate", "accuracy-drop", "activation-failed" or "deadline". */
    trigger: z.string(),
    actor: Actor,
    reason: z.string(),
    forced: z.boolean(),
    started_at: Timestamp,
    finished_at: Timestamp.nullable(),
    instances: z.array(InstanceAcknowledgement),
    failure: z.string().nullable(),
    /** Of a canary, each with who wanted it and the numbers that led there. */
    steps: z.array(CanaryStep).optional(),
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof Deployment>;

const CommandBody = z.object({
  reason: Reason,
  command_id: Uuid.optional(),
  expected_generation: Generation.optional(),
});

/** `POST /v1/models/{m}/deploy` */
export const DeployBody = CommandBody.extend({ version: VersionOrAlias, force: z.boolean().optional() }).meta({
  id: 'DeployBody',
});

/** `POST /v1/models/{m}/rollback` */
export const RollbackBody = CommandBody.extend({ version: VersionOrAlias.optional() }).meta({ id: 'RollbackBody' });

/** `POST /v1/models/{m}/drill` */
export const DrillBody = z.object({ reason: Reason.default('rollback drill') }).meta({ id: 'DrillBody' });
export type DrillBody = z.infer<typeof DrillBody>;

/** 202: follow the rehearsal by its deployment id; its instances say how long each took. */
export const DrillAccepted = z
  .object({ deployment_id: Uuid, generation: Generation, live: Version, rollback_to: Version })
  .meta({ id: 'DrillAccepted' });
export type DrillAccepted = z.infer<typeof DrillAccepted>;

/** `POST /v1/models/{m}/versions/{v}/approve` */
export const ApproveBody = CommandBody.omit({ command_id: true }).meta({ id: 'ApproveBody' });

const Consent = z.object({ actor: Actor, reason: z.string(), at: Timestamp });

/** A version that people have to consent to, and who has. */
export const Approval = z
  .object({ version: Version, needed: z.int(), given: z.array(Consent) })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof Approval>;

export const Approved = Approval.extend({
  model: ModelName,
  /** The deployment that this consent began; null while more are missing, or while nothing waits for it. */
  deployment_id: Uuid.nullable(),
}).meta({ id: 'Approved' });
export type Approved = z.infer<typeof Approved>;

/** 202: the command is in the log; follow the deployment by its id. */
export const CommandAccepted = z
  .object({
    command_id: Uuid,
    deployment_id: Uuid,
    generation: Generation,
    from_version: Version.nullable(),
    to_version: Version,
  })
  .meta({ id: 'CommandAccepted' });
export type CommandAccepted = z.infer<typeof CommandAccepted>;

/** What is live, and how that changes. */
export const DEPLOYMENT_OPERATIONS = defineOperations({
  deployVersion: {
    method: 'POST',
    path: '/v1/models/{model}/deploy',
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
  rollBack: {
    method: 'POST',
    path: '/v1/models/{model}/rollback',
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
  approveVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/approve',
    tag: 'deployments',
    access: 'operator',
    summary: 'Consents to a version going live, for a model whose definition asks for it (`approvals`).',
    description:
      'A version that passed the gate, or goes on trial, waits until enough people have consented: by tokens of different names. Good for one deployment.',
    params: ofVersion,
    body: { description: 'Why; it is kept in the audit log.', schema: ApproveBody },
    replies: [{ status: 200, description: 'Who has consented, and what began by it.', schema: Approved }],
    problems: {
      404: 'There is no such model or version.',
      409: 'Nobody is asked for consent, it is live already, the same person consented before, or a stale expected_generation.',
    },
  },
  drillRollback: {
    method: 'POST',
    path: '/v1/models/{model}/drill',
    tag: 'deployments',
    access: 'operator',
    summary: 'Rehearses a rollback on the live instances without changing what is served.',
    params: ofModel,
    body: { description: 'Why; it is kept in the audit log.', schema: DrillBody, optional: true },
    replies: [{ status: 202, description: 'Follow the rehearsal by its deployment id.', schema: DrillAccepted }],
    problems: {
      404: 'There is no such model.',
      409: 'There is nothing to go back to, or a deployment is in progress.',
    },
  },
  listDeployments: {
    method: 'GET',
    path: '/v1/models/{model}/deployments',
    tag: 'deployments',
    access: 'viewer',
    summary: 'Deployments and rollbacks, newest first, each with the acknowledgement of every instance.',
    params: ofModel,
    /** With a version, only those from or to it. */
    query: z.object({ version: VersionOrAlias.optional(), limit }),
    replies: [{ status: 200, description: 'The deployments.', schema: z.array(Deployment) }],
    problems: { 404: 'There is no such model.' },
  },
  getDeployment: {
    method: 'GET',
    path: '/v1/models/{model}/deployments/{deployment_id}',
    tag: 'deployments',
    access: 'viewer',
    summary: 'One deployment.',
    params: ofModel.extend({ deployment_id: Uuid }),
    replies: [{ status: 200, description: 'The deployment.', schema: Deployment }],
    problems: { 404: 'There is no such deployment.' },
  },
});
