import { useState } from 'react';
import type { CanaryStatus, RunningCanary } from '#contracts/http/rollout';
import { useCanaryStep } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { ConsequenceList } from './consequence-list.js';
import { ReasonForm } from './reason-form.js';

interface CanaryDialogProps {
  status: CanaryStatus;
  canary: RunningCanary;
  step: 'advance' | 'abort' | null;
  close: () => void;
}

/** Moves a canary by hand: on to its next step, or back to nothing. */
export function CanaryDialog({ status, canary, step, close }: CanaryDialogProps) {
  return (
    <Modal
      title={step === 'abort' ? `Take ${canary.version} back` : wordsOf(canary)}
      open={step !== null}
      close={close}
    >
      {step !== null && <CanaryForm status={status} canary={canary} step={step} close={close} />}
    </Modal>
  );
}

function CanaryForm({ status, canary, step, close }: CanaryDialogProps & { step: 'advance' | 'abort' }) {
  // What was confirmed is what is sent: later news must not change the sentences under the pointer.
  const [seen] = useState({ canary, generation: status.generation });
  const command = useCanaryStep(status.model, step);
  return (
    <ReasonForm
      placeholder="Looked at the failures by hand"
      words={step === 'abort' ? 'Take it back' : wordsOf(seen.canary)}
      kind={step === 'abort' ? 'danger' : 'primary'}
      command={command}
      send={(reason) => command.mutate({ reason, expected_generation: seen.generation }, { onSuccess: close })}
      close={close}
    >
      <ConsequenceList
        sentences={step === 'abort' ? abortConsequences(seen.canary) : advanceConsequences(seen.canary)}
      />
    </ReasonForm>
  );
}

/** The share that comes after this one. */
const nextStep = ({ plan, percent }: RunningCanary): number => plan.find((step) => step > percent) ?? 100;

/** What going on means, as the label of a button. */
export function wordsOf(canary: RunningCanary): string {
  const next = nextStep(canary);
  return next === 100 ? `Make ${canary.version} live` : `Advance to ${next}\u00a0%`;
}

function advanceConsequences(canary: RunningCanary): string[] {
  const { version, live_version: live, percent, outcomes, next } = canary;
  const share = nextStep(canary);
  return [
    share === 100
      ? `${version} answers everything from now on; ${live ?? 'what was live'} stays loaded for the way back.`
      : `${version} answers ${share}\u00a0% of the tasks instead of ${percent}\u00a0%; ${live ?? 'what is live'} answers the rest.`,
    next === 'advance'
      ? 'Its conditions are met, so it would go on by itself soon.'
      : `Its conditions are not met yet: ${outcomes.in_step} outcomes in this step. They are passed over.`,
  ];
}

function abortConsequences({ version, live_version: live }: RunningCanary): string[] {
  return [
    `${version} stops answering; ${live ?? 'what is live'} answers everything again.`,
    `${version} is marked as rolled back and is not deployed by itself again.`,
  ];
}
