import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { openArtifactStore } from '#artifacts/store';
import { artifactsEnv } from '#platform/config';
import type { Environment, Settings } from '../client/settings.js';
import { type Finding, failed, ok, reasonOf, skipped } from './finding.js';

/** ARTIFACTS_URL, or where npm start keeps artifacts if it ran here. */
function artifactsUrl(env: Environment, settings: Settings): string | undefined {
  if (env.ARTIFACTS_URL) return env.ARTIFACTS_URL;
  const local = join(settings.home, 'artifacts');
  return existsSync(local) ? pathToFileURL(local).href : undefined;
}

/** Why a folder cannot hold artifacts; null where it can. */
function folderProblem(folder: string): string | null {
  if (!existsSync(folder)) return `${folder} is not there.`;
  if (!statSync(folder).isDirectory()) return `${folder} is a file, not a folder.`;
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch {
    const { mode, uid } = statSync(folder);
    return `${folder} may not be read and written by this user (mode ${(mode & 0o777).toString(8)}, owner ${uid}).`;
  }
}

/** Whether the store can be read, and holds the package of the live version (`digest`, if there is one). */
export async function checkArtifacts(env: Environment, settings: Settings, digest: string | null): Promise<Finding> {
  const check = 'artifact store';
  const url = artifactsUrl(env, settings);
  if (url === undefined)
    return skipped(check, 'ARTIFACTS_URL is not set.', 'Set ARTIFACTS_URL (and S3_*) to what the services use.');
  const config = z.object(artifactsEnv).safeParse({ ...env, ARTIFACTS_URL: url });
  if (!config.success) {
    const issue = config.error.issues[0];
    return failed(check, `${String(issue?.path[0])}: ${issue?.message}.`, 'Correct the variable.');
  }
  const broken = url.startsWith('file:') ? folderProblem(fileURLToPath(url)) : null;
  if (broken !== null)
    return failed(
      check,
      broken,
      'Trainer and evaluator write there: give ARTIFACTS_URL a folder that their user may write to.',
    );
  try {
    const store = openArtifactStore(config.data);
    if (digest === null) {
      await store.list('packages/');
      return ok(check, `${url} can be read.`);
    }
    const index = `packages/${digest.replace('sha256:', '')}/index.json`;
    return (await store.has(index))
      ? ok(check, `${url} holds the live version's package.`)
      : failed(
          check,
          `${url} does not hold the live version's package (${index}).`,
          'Is this the store the services use? An instance that starts now could not load it.',
        );
  } catch (error) {
    return failed(
      check,
      `${url}: ${reasonOf(error)}`,
      'Check ARTIFACTS_URL, S3_ENDPOINT and the S3 keys, and that the bucket exists.',
    );
  }
}
