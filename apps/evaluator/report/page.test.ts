import { describe, expect, it } from 'vitest';
import { ModelEvaluated } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { judgeBroken } from '#domain/evaluation/gate';
import { judgeChallenger } from '#domain/evaluation/judgement';
import { gateSettings } from '#domain/evaluation/profiles';
import { seededRandom } from '#domain/statistics/random';
import { evaluationPage } from './page.js';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const id = '3c1f2a54-6d0a-4a0e-8f0e-4d1d6f1f7a10';

const random = seededRandom(1);
const truth = Int32Array.from({ length: 300 }, () => (random() < 0.5 ? 1 : 0));
const answers = (error: number) =>
  Float64Array.from([...truth].flatMap((y) => ((random() < error ? 1 - y : y) ? [0.2, 0.8] : [0.8, 0.2])));

const curve = [
  { false_alarms: 0, hits: 0 },
  { false_alarms: 1, hits: 1 },
];

function event(withChampion: boolean): ModelEvaluated {
  const judgement = judgeChallenger(
    {
      classes: ['failed', 'success'],
      truth,
      challenger: answers(0.1),
      champion: withChampion ? answers(0.4) : null,
      decisions: null,
      slices: [
        { feature: 'site_type', values: ['forum', '<b>blog</b>'], codes: truth.map((_, row) => (row % 2 ? 1 : 0)) },
      ],
    },
    gateSettings(GateThresholds.parse({}), 'multi-class'),
    random,
  );
  return ModelEvaluated.parse({
    evaluation_id: id,
    model: 'backlink-outcome',
    trained: {
      run_id: id,
      request_id: id,
      model: 'backlink-outcome',
      backend: 'xgboost',
      digest: digest('a'),
      artifact_uri: 'file:///a',
      snapshot: { hash: digest('c'), uri: 'file:///c', rows: 2000, watermark: '2026-01-04T09:00:00Z' },
      training_stats: {
        train_accuracy: 0.9,
        val_accuracy: 0.9,
        n_features: 1,
        n_train: 1400,
        n_validation: 300,
        n_test: 300,
        rounds: 10,
        class_counts: { failed: 1000, success: 1000 },
      },
      dataset_size: 2000,
      auto_deploy: true,
      actor: 'schedule',
      created_by: 'retraining_job',
      duration_ms: 1,
      trained_at: '2026-01-04T09:00:00Z',
    },
    champion: withChampion ? { version: 'v1.0.0', digest: digest('b'), artifact_uri: 'file:///b' } : null,
    holdout: { snapshot_hash: digest('c'), rows: judgement.rows },
    challenger_metrics: { ...judgement.challengerMetrics, roc: curve },
    champion_metrics: judgement.championMetrics && { ...judgement.championMetrics, roc: curve },
    baseline_accuracy: judgement.baselineAccuracy,
    accuracy_difference: judgement.accuracyDifference,
    f1_macro_difference: judgement.f1Difference,
    mcnemar_p_value: judgement.mcnemarPValue,
    failure_rate_reduction: judgement.failureRateReduction,
    slices: judgement.slices,
    gate: judgement.gate,
    report_uri: null,
    evaluated_at: '2026-01-04T09:12:31Z',
  });
}

const details = { importance: { 'a<b': 1 } };

describe('evaluation.html', () => {
  it('shows every check and both models, and needs no other file', () => {
    const page = evaluationPage(event(true), details);
    for (const check of event(true).gate.checks) expect(page).toContain(check.check.replaceAll('_', ' '));
    expect(page.match(/<figure>/g)).toHaveLength(6);
    expect(page).toContain('v1.0.0');
    expect(page).not.toMatch(/<script|<link|src=|href=|url\(/);
    expect(page).not.toMatch(/NaN|undefined|null/);
  });

  it('shows names from the data as text', () => {
    const page = evaluationPage(event(true), details);
    expect(page).toContain('&lt;b&gt;blog&lt;/b&gt;');
    expect(page).toContain('a&lt;b');
  });

  it('leaves out the champion where there is none', () => {
    const page = evaluationPage(event(false), details);
    expect(page.match(/<figure>/g)).toHaveLength(5);
    expect(page).toContain('the first of its model');
  });

  it('says why a package could not be judged', () => {
    const broken = { ...event(true), challenger_metrics: null, gate: judgeBroken('manifest.json is gone') };
    const page = evaluationPage(broken, null);
    expect(page).toContain('manifest.json is gone');
    expect(page).not.toContain('<figure>');
  });
});
