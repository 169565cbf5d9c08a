import { type FormEvent, useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import { useApprove } from '../api/commands.js';
import { Button } from '../components/button.js';
import { Modal } from '../components/modal.js';
import { Trouble } from '../components/notice.js';
import { useWho } from '../session/who-context.js';
import { ConsequenceList } from './consequence-list.js';
import { ReasonField } from './reason-field.js';

export type Waiting = NonNullable<ModelStatus['approval']>;

interface ApproveDialogProps {
  status: ModelStatus;
  waiting: Waiting;
  open: boolean;
  close: () => void;
}

export function ApproveDialog({ status, waiting, open, close }: ApproveDialogProps) {
  return (
    <Modal title={`Consent to ${waiting.version}`} open={open} close={close}>
      <ApproveForm status={status} waiting={waiting} close={close} />
    </Modal>
  );
}

function ApproveForm({ status, waiting, close }: Omit<ApproveDialogProps, 'open'>) {
  const who = useWho();
  // What was confirmed is what is sent: later news must not change the sentences under the pointer.
  const [seen] = useState({ waiting, generation: status.generation });
  const [reason, setReason] = useState('');
  const approve = useApprove(status.model, seen.waiting.version);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    approve.mutate({ reason: reason.trim(), expected_generation: seen.generation }, { onSuccess: close });
  };
  return (
    <form onSubmit={submit}>
      <div className="modal-body">
        <ConsequenceList sentences={consequences(seen.waiting, who.name)} />
        <ReasonField value={reason} change={setReason} placeholder="Looked at its report" />
        {approve.error !== null && <Trouble error={approve.error} />}
      </div>
      <footer className="modal-foot">
        <Button onClick={close}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={reason.trim() === '' || approve.isPending}>
          {approve.isPending ? 'Sending…' : 'Consent'}
        </Button>
      </footer>
    </form>
  );
}

function consequences({ version, needed, given }: Waiting, name: string): string[] {
  const left = needed - given.length - 1;
  return [
    left > 0
      ? `${version} goes on waiting for ${left === 1 ? 'one more person' : `${left} more people`}.`
      : `${version} is deployed at once, by the canary steps of its model.`,
    `The audit log says that ${name} consented, and why.`,
  ];
}
