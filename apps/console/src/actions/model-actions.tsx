import { useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import { useVersions } from '../api/queries.js';
import { Button } from '../components/button.js';
import { BackIcon, RunsIcon } from '../components/icons.js';
import { ForOperators } from '../session/who-context.js';
import { RetrainDialog } from './retrain-dialog.js';
import { RollbackDialog } from './rollback-dialog.js';

/** Retrain and roll back, for those who may. */
export function ModelActions({ status }: { status: ModelStatus }) {
  const [dialog, setDialog] = useState<'rollback' | 'retrain' | null>(null);
  const versions = useVersions(status.model).data;
  const close = (): void => setDialog(null);
  return (
    <ForOperators>
      <Button onClick={() => setDialog('retrain')}>
        <RunsIcon /> Retrain
      </Button>
      <Button
        kind="danger"
        disabled={status.live === null || versions === undefined}
        onClick={() => setDialog('rollback')}
      >
        <BackIcon /> Roll back
      </Button>
      <RetrainDialog model={status.model} open={dialog === 'retrain'} close={close} />
      <RollbackDialog status={status} versions={versions ?? []} open={dialog === 'rollback'} close={close} />
    </ForOperators>
  );
}
