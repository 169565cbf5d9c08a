import { useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import type { VersionDetail } from '#contracts/http/versions';
import { DeployDialog } from '../../actions/deploy-dialog.js';
import { RollbackDialog } from '../../actions/rollback-dialog.js';
import { useVersions } from '../../api/queries.js';
import { Button } from '../../components/button.js';
import { BackIcon } from '../../components/icons.js';
import { ForOperators } from '../../session/who-context.js';

/** What can be done with this version: take it back while it is live, deploy it while it is not. */
export function VersionActions({ status, version }: { status: ModelStatus; version: VersionDetail }) {
  const [dialog, setDialog] = useState<'deploy' | 'rollback' | null>(null);
  const versions = useVersions(status.model).data;
  const close = (): void => setDialog(null);
  const live = status.live?.version === version.version;
  // Both dialogs stay: the version changes sides while one of them still shows how that goes.
  return (
    <ForOperators>
      {/* One button for both, so that who acts by keyboard keeps the focus when the version changes sides. */}
      {(live || version.state !== 'removed') && (
        <Button
          kind={live ? 'danger' : 'primary'}
          disabled={live && versions === undefined}
          onClick={() => setDialog(live ? 'rollback' : 'deploy')}
        >
          {live ? (
            <>
              <BackIcon /> Roll back
            </>
          ) : (
            `Deploy ${version.version}`
          )}
        </Button>
      )}
      <DeployDialog status={status} version={version} open={dialog === 'deploy'} close={close} />
      <RollbackDialog status={status} versions={versions ?? []} open={dialog === 'rollback'} close={close} />
    </ForOperators>
  );
}
