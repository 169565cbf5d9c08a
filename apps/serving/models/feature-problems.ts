import { Counter } from 'prom-client';
import { type FeatureProblem, problemLabel } from '#domain/rows/known-features';

const featureProblems = new Counter({
  name: 'ratchet_serving_feature_problems_total',
  help: 'Features of requests that counted as missing because the version does not know them (feature="unknown") or their type is wrong.',
  labelNames: ['model', 'feature', 'problem'],
});

export function countFeatureProblem(model: string, problem: FeatureProblem, times = 1): void {
  featureProblems.inc({ model, feature: problemLabel(problem), problem: problem.problem }, times);
}
