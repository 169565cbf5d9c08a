import { expect, it } from 'vitest';
import type { VersionDetail } from '#contracts/http/versions';
import { compareDetails } from '#domain/versioning/comparison';
import { invoke } from '../../testing/invoke.js';
import { detail } from '../../testing/samples.js';
import { useServer } from '../../testing/use-server.js';

const MODEL = '/v1/models/backlink-outcome';
const { against } = useServer();

const { evaluation } = detail;
if (!evaluation?.challenger_metrics) throw new Error('the sample is to be judged');
const champion_metrics = { ...evaluation.challenger_metrics, accuracy: 0.7398, f1_macro: 0.7305 };
const challenger: VersionDetail = {
  ...detail,
  evaluation: {
    ...evaluation,
    champion: { version: 'v1.0.0', digest: detail.digest, artifact_uri: detail.artifact_uri },
    champion_metrics,
  },
};
const champion = { ...detail, version: 'v1.0.0', evaluation: null };

it.each<[string, VersionDetail, VersionDetail, string]>([
  ['challenger last', champion, challenger, '0.7398 +0.8700 +\\+0.1302'],
  ['challenger first', challenger, champion, '0.8700 +0.7398 +−0.1302'],
])('says what the gate found on the same rows where both were before it, %s', async (_, from, to, numbers) => {
  const env = await against({ [`GET ${MODEL}/compare`]: compareDetails(from, to) });
  const { stdout } = await invoke(['compare', from.version, to.version], env);
  const [whole = '', same = ''] = stdout.split('On the same 1,000 rows, as the gate found');
  expect(same).toMatch(new RegExp(`Accuracy +${numbers}`));
  expect(whole).toMatch(/Training rows +5,000 +5,000 +\+0\n/);
  expect(whole).toContain('Log loss (less is better)');
});
