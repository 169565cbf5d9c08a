import { useState } from 'react';
import type { ModelStatus, VersionDetail } from '#contracts/http/registry';
import { DeployDialog } from '../../actions/deploy-dialog.js';
import { RollbackDialog } from '../../actions/rollback-dialog.js';
import { useVersions } from '../../api/queries.js';
import { Button } from '../../components/button.js';
import { BackIcon } from '../../components/icons.js';
import { ForOperators } from '../../session/who-context.js';

/** What can be done with this version: take it back while it is live, deploy it while it is not. */
export function VersionActions({ status, version }: { status: ModelStatus; version: VersionDetail }) {
  const [open, setOpen] = useState(false);
  const versions = useVersions(status.model).data;
  const close = (): void => setOpen(false);
  if (version.state === 'removed') return null;
  if (status.live?.version === version.version)
    return (
      <ForOperators>
        <Button kind="danger" disabled={versions === undefined} onClick={() => setOpen(true)}>
          <BackIcon /> Roll back
        </Button>
        <RollbackDialog status={status} versions={versions ?? []} open={open} close={close} />
      </ForOperators>
    );
  return (
    <ForOperators>
      <Button kind="primary" onClick={() => setOpen(true)}>
        Deploy {version.version}
      </Button>
      <DeployDialog status={status} version={version} open={open} close={close} />
    </ForOperators>
  );
}
