import type { Run } from '#contracts/http/runs';
import { useCancelRun } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { ConsequenceList } from './consequence-list.js';
import { ReasonForm } from './reason-form.js';

interface CancelRunDialogProps {
  run: Run;
  open: boolean;
  close: () => void;
}

/** Ends a run that waits or goes on. */
export function CancelRunDialog({ run, open, close }: CancelRunDialogProps) {
  return (
    <Modal title={`End run ${run.run_id.slice(0, 8)}`} open={open} close={close}>
      {open && <CancelRunForm run={run} close={close} />}
    </Modal>
  );
}

function CancelRunForm({ run, close }: Omit<CancelRunDialogProps, 'open'>) {
  const command = useCancelRun(run.run_id);
  return (
    <ReasonForm
      placeholder="Asked for by mistake"
      words="End the run"
      refusal="Let it go on"
      kind="danger"
      command={command}
      send={(reason) => command.mutate({ reason }, { onSuccess: close })}
      close={close}
    >
      <ConsequenceList
        sentences={[
          run.state === 'queued'
            ? 'It is taken out of the queue and never begins.'
            : 'Its process is killed, and what it has come to so far is thrown away.',
          `The next run of ${run.model} begins at once. What is live stays live.`,
        ]}
      />
    </ReasonForm>
  );
}
