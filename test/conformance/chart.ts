import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { goTool } from './go-tool.js';

export const helm = goTool('helm', 'HELM', 'helm.sh/helm/v3/cmd/helm@v3.18.6');

export const CHART = join(REPOSITORY, 'deploy/helm/ratchet');
/** Everything that can be turned on, but KEDA, which takes the place of something. */
export const CLUSTER_VALUES = join(CHART, 'ci/cluster-values.yaml');

export function runHelm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(helm.program ?? '', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { status, stdout, output: `${stdout}${stderr}` };
}
