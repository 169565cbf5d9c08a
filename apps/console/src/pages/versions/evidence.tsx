import type { FailureRateReduction, ModelEvaluated } from '#contracts/events/evaluation';
import { IntervalBar } from '../../charts/interval.js';
import { Card } from '../../components/card.js';
import { Facts } from '../../components/facts.js';
import { count, decimal, percent, percentRange, points } from '../../format/numbers.js';

const METHODS: Record<FailureRateReduction['method'], string> = {
  'doubly-robust': 'doubly robust estimation',
  'importance-weighting': 'self-normalised importance weighting',
  'matched-replay': 'matched replay',
  'not-applicable': 'not applicable',
};

/** How sure the judgement is, and on what it rests. */
export function Evidence({ evaluation }: { evaluation: ModelEvaluated }) {
  const { accuracy_difference: difference, failure_rate_reduction: failures, holdout, gate } = evaluation;
  const threshold = gate.checks.find(({ check }) => check === 'accuracy_improvement')?.threshold ?? 0;
  return (
    <Card title="Evidence">
      <Facts
        facts={[
          ['Holdout rows', count(holdout.rows)],
          ['Majority baseline', percent(evaluation.baseline_accuracy)],
          [
            'Accuracy difference',
            difference === null ? (
              '–'
            ) : (
              <div key="difference">
                {points(difference.low)} to {points(difference.high)}{' '}
                <span className="muted small">{percent(difference.confidence, 0)} interval</span>
                <IntervalBar interval={difference} threshold={threshold} />
              </div>
            ),
          ],
          ['McNemar p', decimal(evaluation.mcnemar_p_value)],
          [
            'Fewer failures',
            failures.value === null ? (
              'could not be estimated'
            ) : (
              <div key="failures">
                {percent(failures.value)}
                {failures.interval !== null && (
                  <span className="muted small"> {percentRange(failures.interval.low, failures.interval.high)}</span>
                )}
              </div>
            ),
          ],
          ['Estimated by', METHODS[failures.method]],
          ['Effective samples', count(Math.round(failures.effective_samples))],
        ]}
      />
    </Card>
  );
}
