import type { TrainingStage } from '#contracts/events/training';
import type { Run } from '#contracts/http/runs';

const STAGES: readonly TrainingStage[] = ['queued', 'snapshot', 'prepare', 'train', 'package', 'done'];

type StageState = 'past' | 'now' | 'next' | 'failed' | 'cancelled';

const WORDS: Record<StageState, string> = {
  past: 'done',
  now: 'under way',
  next: 'still to come',
  failed: 'failed here',
  cancelled: 'cancelled here',
};

function stateOf(stage: TrainingStage, run: Run): StageState {
  const distance = STAGES.indexOf(stage) - STAGES.indexOf(run.stage);
  if (distance < 0 || run.state === 'done' || run.state === 'unchanged') return 'past';
  if (distance > 0) return 'next';
  return run.state === 'failed' || run.state === 'cancelled' ? run.state : 'now';
}

/** The way of a run from the queue to a package. */
export function Stages({ run }: { run: Run }) {
  return (
    <ol className="stages">
      {STAGES.map((stage) => {
        const state = stateOf(stage, run);
        return (
          <li key={stage} className={`stage stage-${state}`} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="stage-dot" aria-hidden="true" />
            {stage}
            <span className="visually-hidden">: {WORDS[state]}</span>
          </li>
        );
      })}
    </ol>
  );
}
