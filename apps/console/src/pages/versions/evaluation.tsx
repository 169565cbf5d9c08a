import type { ReactNode } from 'react';
import type { ModelEvaluated } from '#contracts/events/evaluation';
import { Calibration } from '../../charts/calibration.js';
import { ConfusionMatrix } from '../../charts/confusion-matrix.js';
import { Roc } from '../../charts/roc.js';
import { Card } from '../../components/card.js';
import { Evidence } from './evidence.js';
import { GateTable } from './gate-table.js';
import { Importance } from './importance.js';
import { MetricsTable } from './metrics-table.js';
import { PerClass } from './per-class.js';
import { Slices } from './slices.js';

interface EvaluationProps {
  evaluation: ModelEvaluated;
  importance: Readonly<Record<string, number>> | null;
  /** A card more, where there is room for it. */
  children: ReactNode;
}

/** Everything the judge said, and what the trees look at. */
export function Evaluation({ evaluation, importance, children }: EvaluationProps) {
  const { trained, challenger_metrics: challenger, champion_metrics: champion, slices } = evaluation;
  return (
    <>
      <GateTable gate={evaluation.gate} evaluatedAt={evaluation.evaluated_at} />
      <div className="columns">
        <Card title={evaluation.champion === null ? 'Holdout' : `Against ${evaluation.champion.version}`} flush>
          <MetricsTable evaluation={evaluation} />
        </Card>
        <Evidence evaluation={evaluation} />
      </div>
      {challenger !== null && (
        <div className="columns">
          <div className="stack">
            <Card title="Confusion matrix">
              <div className="matrices">
                <ConfusionMatrix
                  caption="Challenger"
                  classes={challenger.classes}
                  matrix={challenger.confusion_matrix}
                />
                {champion !== null && (
                  <ConfusionMatrix caption="Champion" classes={champion.classes} matrix={champion.confusion_matrix} />
                )}
              </div>
              <p className="muted small">
                Rows are what happened, columns what was predicted; shades are shares of a row.
              </p>
            </Card>
            <Card title="Calibration">
              <Calibration challenger={challenger.calibration} champion={champion?.calibration ?? null} />
            </Card>
            {challenger.roc !== undefined && (
              <Card title="ROC">
                <Roc challenger={challenger} champion={champion} />
              </Card>
            )}
            {children}
          </div>
          <div className="stack">
            <Card title="Per class" flush>
              <PerClass classes={challenger.per_class} />
            </Card>
            {slices !== undefined && slices.length > 0 && <Slices slices={slices} model={trained.model} />}
            <Importance importance={importance} />
          </div>
        </div>
      )}
      {challenger === null && children}
    </>
  );
}
