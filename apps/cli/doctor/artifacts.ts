import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
