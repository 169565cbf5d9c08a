import { useId, useState } from 'react';
import { BACKENDS, type Backend } from '#contracts/backends';
import { useRetrain } from '../api/commands.js';
import { Modal } from '../components/modal.js';
import { navigate } from '../routing/use-route.js';
import { CheckField } from './check-field.js';
import { CommandForm } from './command-form.js';
import { ReasonField } from './reason-field.js';

interface RetrainDialogProps {
  model: string;
  open: boolean;
  close: () => void;
}

export function RetrainDialog({ model, open, close }: RetrainDialogProps) {
  return (
    <Modal title={`Retrain ${model}`} open={open} close={close}>
      <RetrainForm model={model} close={close} />
    </Modal>
  );
}

function RetrainForm({ model, close }: Omit<RetrainDialogProps, 'open'>) {
  const field = useId();
  const [backend, setBackend] = useState<Backend | null>(null);
  const [autoDeploy, setAutoDeploy] = useState(true);
  const [reason, setReason] = useState('');
  const retrain = useRetrain(model);

  const send = (): void => {
    const body = {
      trigger: 'console' as const,
      auto_deploy: autoDeploy,
      reason: reason.trim(),
      ...(backend !== null && { model_type: backend }),
    };
    retrain.mutate(body, {
      onSuccess: () => {
        close();
        navigate({ page: 'runs', model, run: null });
      },
    });
  };
  return (
    <CommandForm words="Start training" ready={reason.trim() !== ''} command={retrain} send={send} close={close}>
      <p>
        Freezes the dataset as it is now, trains a new version on it and has it judged against the live one. What is
        live does not change unless the new version passes the gate.
      </p>
      <div className="field">
        <label htmlFor={field}>Algorithm</label>
        <select
          id={field}
          className="select"
          value={backend ?? ''}
          onChange={(event) => setBackend(BACKENDS.find(({ name }) => name === event.target.value)?.name ?? null)}
        >
          <option value="">As the model definition says</option>
          {BACKENDS.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <CheckField checked={autoDeploy} change={setAutoDeploy}>
        Deploy it by itself if it passes the gate
      </CheckField>
      <ReasonField value={reason} change={setReason} placeholder="New sites since Monday" />
    </CommandForm>
  );
}
