import { expect, it } from 'vitest';
import { invoke } from '../testing/invoke.js';
import { detail } from '../testing/samples.js';
import { useServer } from '../testing/use-server.js';

const MODEL = '/v1/models/backlink-outcome';
const { against } = useServer();

const { evaluation } = detail;
if (!evaluation?.challenger_metrics) throw new Error('the sample is to be judged');
const champion_metrics = { ...evaluation.challenger_metrics, accuracy: 0.7398, f1_macro: 0.7305 };
const challenger = { ...detail, evaluation: { ...evaluation, champion_metrics } };
const champion = { ...detail, version: 'v1.0.0', evaluation: null };

it.each([
  ['challenger last', champion, challenger],
  ['challenger first', challenger, champion],
])('says what the gate found on the same rows where both were before it, %s', async (_, from, to) => {
  const comparison = { model: 'backlink-outcome', from, to, metrics: [], same_holdout: false };
  const env = await against({ [`GET ${MODEL}/compare`]: comparison });
  const result = await invoke(['compare', from.version, to.version], env);
  expect(result.stdout).toContain(
    'On the same 1,000 rows the gate gave v1.1.0 accuracy 0.8700 and macro F1 0.8500, v1.0.0 0.7398 and 0.7305.',
  );
});
