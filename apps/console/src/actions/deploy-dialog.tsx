import { useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import type { VersionSummary } from '#contracts/http/versions';
import { useDeploy } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { useWho } from '../session/who-context.js';
import { ChangeOfVersion } from './change-of-version.js';
import { CheckField } from './check-field.js';
import { CommandForm } from './command-form.js';
import { ConsequenceList } from './consequence-list.js';
import { deployConsequences } from './consequences.js';
import { FollowDeployment } from './follow-deployment.js';
import { ReasonField } from './reason-field.js';

interface DeployDialogProps {
  status: ModelStatus;
  version: Pick<VersionSummary, 'version' | 'verdict'>;
  open: boolean;
  close: () => void;
}

export function DeployDialog({ status, version, open, close }: DeployDialogProps) {
  return (
    <Modal title={`Deploy ${version.version}`} open={open} close={close}>
      <DeployForm status={status} version={version} close={close} />
    </Modal>
  );
}

function DeployForm({ status, version: { version, verdict }, close }: Omit<DeployDialogProps, 'open'>) {
  const who = useWho();
  // What was confirmed is what is sent: later news must not change the sentences under the pointer.
  const [seen] = useState(status);
  const [reason, setReason] = useState('');
  const [force, setForce] = useState(false);
  const deploy = useDeploy(status.model);
  const needsForce = verdict !== 'pass';
  if (deploy.data) return <FollowDeployment model={status.model} accepted={deploy.data} close={close} />;

  const send = (): void => {
    deploy.mutate({
      version,
      reason: reason.trim(),
      expected_generation: seen.generation,
      ...(needsForce && { force: true }),
    });
  };
  return (
    <CommandForm
      words={`Deploy ${version}`}
      ready={reason.trim() !== '' && (!needsForce || force)}
      command={deploy}
      send={send}
      close={close}
    >
      <ChangeOfVersion from={seen.live?.version ?? null} to={version} />
      <ConsequenceList sentences={deployConsequences(seen, version, verdict, who.name)} />
      <ReasonField value={reason} change={setReason} placeholder="Checked by hand on last week's tasks" />
      {needsForce && (
        <CheckField checked={force} change={setForce}>
          Deploy it against the gate
        </CheckField>
      )}
    </CommandForm>
  );
}
