import { useId, useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import type { VersionSummary } from '#contracts/http/versions';
import { useRollback } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { Empty } from '../components/notice.js';
import { rollbackTargets } from '../state/rollback-targets.js';
import { ChangeOfVersion } from './change-of-version.js';
import { CommandForm } from './command-form.js';
import { ConsequenceList } from './consequence-list.js';
import { rollbackConsequences } from './consequences.js';
import { FollowDeployment } from './follow-deployment.js';
import { ReasonField } from './reason-field.js';

interface RollbackDialogProps {
  status: ModelStatus;
  versions: readonly VersionSummary[];
  /** Chosen when it opens; the best one if left out. */
  to?: string;
  open: boolean;
  close: () => void;
}

export function RollbackDialog({ open, close, ...rest }: RollbackDialogProps) {
  return (
    <Modal title="Roll back" open={open} close={close}>
      <RollbackForm close={close} {...rest} />
    </Modal>
  );
}

function RollbackForm({ status, versions, to, close }: Omit<RollbackDialogProps, 'open'>) {
  const field = useId();
  // What was confirmed is what is sent: later news must not change the sentences under the pointer.
  const [{ seen, targets }] = useState(() => ({ seen: status, targets: rollbackTargets(status, versions) }));
  const [chosen, setChosen] = useState(to ?? targets[0]?.version ?? '');
  const [reason, setReason] = useState('');
  const rollback = useRollback(status.model);
  const target = targets.find(({ version }) => version === chosen);
  if (rollback.data) return <FollowDeployment model={status.model} accepted={rollback.data} close={close} />;
  if (target === undefined)
    return (
      <div className="modal-body">
        <Empty title="There is nothing to go back to">
          <p>No other version of {seen.model} was live before. Deploy another version instead.</p>
        </Empty>
      </div>
    );

  const send = (): void => {
    rollback.mutate({ version: chosen, reason: reason.trim(), expected_generation: seen.generation });
  };
  return (
    <CommandForm
      words={`Roll back to ${target.version}`}
      kind="danger"
      ready={reason.trim() !== ''}
      command={rollback}
      send={send}
      close={close}
    >
      <ChangeOfVersion from={seen.live?.version ?? null} to={target.version} />
      <div className="field">
        <label htmlFor={field}>Back to</label>
        <select id={field} className="select" value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {targets.map(({ version, note }) => (
            <option key={version} value={version}>
              {version} ({note})
            </option>
          ))}
        </select>
      </div>
      <ConsequenceList sentences={rollbackConsequences(seen, target)} />
      <ReasonField value={reason} change={setReason} placeholder="Captchas everywhere since noon" />
    </CommandForm>
  );
}
