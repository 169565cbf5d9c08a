import { useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import { morePeople } from '#contracts/people';
import { useApprove } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { useWho } from '../session/who-context.js';
import { ConsequenceList } from './consequence-list.js';
import { ReasonForm } from './reason-form.js';

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
  const approve = useApprove(status.model, seen.waiting.version);
  return (
    <ReasonForm
      placeholder="Looked at its report"
      words="Consent"
      command={approve}
      send={(reason) => approve.mutate({ reason, expected_generation: seen.generation }, { onSuccess: close })}
      close={close}
    >
      <ConsequenceList sentences={consequences(seen.waiting, who.name)} />
    </ReasonForm>
  );
}

function consequences({ version, needed, given }: Waiting, name: string): string[] {
  const left = needed - given.length - 1;
  return [
    left > 0
      ? `${version} goes on waiting for ${morePeople(left)}.`
      : `${version} is deployed at once, by the canary steps of its model.`,
    `The audit log says that ${name} consented, and why.`,
  ];
}
