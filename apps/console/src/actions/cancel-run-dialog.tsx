import { type FormEvent, useState } from 'react';
import type { Run } from '#contracts/http/runs';
import { useCancelRun } from '../api/commands.js';
import { Button } from '../components/button.js';
import { Modal } from '../components/modal.js';
import { Trouble } from '../components/notice.js';
import { ConsequenceList } from './consequence-list.js';
import { ReasonField } from './reason-field.js';

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
  const [reason, setReason] = useState('');
  const command = useCancelRun(run.run_id);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    command.mutate({ reason: reason.trim() }, { onSuccess: close });
  };
  return (
    <form onSubmit={submit}>
      <div className="modal-body">
        <ConsequenceList
          sentences={[
            run.state === 'queued'
              ? 'It is taken out of the queue and never begins.'
              : 'Its process is killed, and what it has come to so far is thrown away.',
            `The next run of ${run.model} begins at once. What is live stays live.`,
          ]}
        />
        <ReasonField value={reason} change={setReason} placeholder="Asked for by mistake" />
        {command.error !== null && <Trouble error={command.error} />}
      </div>
      <footer className="modal-foot">
        <Button onClick={close}>Let it go on</Button>
        <Button kind="danger" type="submit" disabled={reason.trim() === '' || command.isPending}>
          {command.isPending ? 'Sending…' : 'End the run'}
        </Button>
      </footer>
    </form>
  );
}
