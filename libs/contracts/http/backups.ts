import { z } from 'zod';
import { Digest, Generation, ModelName, Reason, Timestamp, Uuid, Version } from '../primitives.js';
import { CommandAccepted } from './deployments.js';
import { defineOperations } from './operation.js';
import { limit, ofModel } from './parameters.js';

/** What was live before a deployment. */
export const Backup = z
  .object({
    backup_id: Uuid,
    model: ModelName,
    version: Version,
    digest: Digest,
    generation: Generation,
    /** The deployment it was taken before. */
    deployment_id: Uuid,
    taken_at: Timestamp,
    /** When every file was last found to be what the digest says. */
    verified_at: Timestamp.nullable(),
    /** What was wrong at the last look. */
    problem: z.string().nullable(),
    /** Where the second copy is, if there is a second store. */
    copy_uri: z.string().nullable(),
  })
  .meta({ id: 'Backup' });
export type Backup = z.infer<typeof Backup>;

/** `POST /v1/models/{m}/backups/{id}/restore` */
export const RestoreBody = z.object({ reason: Reason, command_id: Uuid.optional() }).meta({ id: 'RestoreBody' });
export type RestoreBody = z.infer<typeof RestoreBody>;

/** 202: the package is whole again; `command` is the rollback to it, null if the version is live already. */
export const RestoreAccepted = z
  .object({ backup: Backup, command: CommandAccepted.nullable() })
  .meta({ id: 'RestoreAccepted' });
export type RestoreAccepted = z.infer<typeof RestoreAccepted>;

/** The package of what is live, read to the byte. */
export const LivePackage = z
  .object({
    model: ModelName,
    version: Version,
    digest: Digest,
    /** What is wrong with it in the artifact store, and could not be mended. */
    problem: z.string().nullable(),
    /** It was damaged or missing, and is whole again from the second store. */
    mended: z.boolean(),
    /** Where the second copy is, if there is a second store. */
    copy_uri: z.string().nullable(),
  })
  .meta({ id: 'LivePackage' });
export type LivePackage = z.infer<typeof LivePackage>;

/** What was live before each deployment. */
export const BACKUP_OPERATIONS = defineOperations({
  listBackups: {
    method: 'GET',
    path: '/v1/models/{model}/backups',
    tag: 'backups',
    access: 'viewer',
    summary: 'What was live before each deployment, newest first.',
    params: ofModel,
    query: z.object({ limit }),
    replies: [{ status: 200, description: 'The backups.', schema: z.array(Backup) }],
    problems: { 404: 'There is no such model.' },
  },
  verifyBackup: {
    method: 'POST',
    path: '/v1/models/{model}/backups/{backup_id}/verify',
    tag: 'backups',
    access: 'operator',
    slow: true,
    summary: 'Reads every file of the package, here and in the second store, and compares it with the digest.',
    params: ofModel.extend({ backup_id: Uuid }),
    replies: [{ status: 200, description: 'The backup; `problem` says what is wrong.', schema: Backup }],
    problems: { 404: 'There is no such backup.' },
  },
  verifyLivePackage: {
    method: 'POST',
    path: '/v1/models/{model}/live/verify',
    tag: 'backups',
    access: 'operator',
    slow: true,
    summary:
      'Reads every file of the live package, copies it to the second store, and mends it from there if it is damaged.',
    params: ofModel,
    replies: [{ status: 200, description: 'The package; `problem` says what is wrong.', schema: LivePackage }],
    problems: { 404: 'There is no such model.', 409: 'No version is live.' },
  },
  restoreBackup: {
    method: 'POST',
    path: '/v1/models/{model}/backups/{backup_id}/restore',
    tag: 'backups',
    access: 'operator',
    slow: true,
    summary: 'Brings the package back if it is missing or damaged, and rolls back to its version.',
    params: ofModel.extend({ backup_id: Uuid }),
    body: { description: 'Why.', schema: RestoreBody },
    replies: [{ status: 202, description: 'Follow the rollback by its deployment id.', schema: RestoreAccepted }],
    problems: {
      404: 'There is no such backup.',
      409: 'No whole copy of the package is left, or the rollback was rejected.',
    },
  },
});
