import { REASON, ratchet } from '#contracts/command-line';
import type { Deployment } from '#contracts/http/deployments';
import type { Run } from '#contracts/http/runs';
import type { VersionDetail } from '#contracts/http/versions';
import type { Session } from '../../cli.js';
import { gateLines, toned } from '../../output/gate.js';
import { printable } from '../../output/printable.js';
import { count, orDash, short } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { deploymentLines, followDeployment } from './follow-deployment.js';

/** What a run that was waited for came to. */
export interface Outcome {
  readonly run: Run;
  readonly version: VersionDetail | null;
  /** Of the version, if the gate let it through and it was to be deployed. */
  readonly deployment: Deployment | null;
}

/** The gate's own deployment of a version appears a moment after its verdict. */
const DEPLOYMENT_APPEARS_MS = 10_000;

async function gateDeployment(session: Session, model: string, version: string): Promise<Deployment | null> {
  const giveUpAt = Date.now() + DEPLOYMENT_APPEARS_MS;
  for (;;) {
    const found = (await session.registry.call('listDeployments', { params: { model }, query: { limit: 20 } })).find(
      (d) => d.kind === 'deploy' && d.to_version === version,
    );
    if (found || Date.now() >= giveUpAt) return found ?? null;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits for what becomes of a run's version. */
export async function outcomeOf(session: Session, run: Run, autoDeploy: boolean, timeout: number): Promise<Outcome> {
  if (run.version === null) return { run, version: null, deployment: null };
  const appeared =
    run.state !== 'unchanged' && run.verdict === 'pass' && autoDeploy
      ? await gateDeployment(session, run.model, run.version)
      : null;
  const deployment = appeared && (await followDeployment(session, run.model, appeared, timeout));
  return {
    run,
    version: await session.registry.call('getVersion', { params: { model: run.model, version: run.version } }),
    deployment,
  };
}

export function outcomeLines({ run, version, deployment }: Outcome, colors: Colors, width: number): string[] {
  if (run.state === 'cancelled')
    return [`Run ${short(run.run_id)} was ${run.message}`, 'What is live was not touched.'].map((text) =>
      printable(text),
    );
  if (run.state === 'failed')
    return [
      `Run ${short(run.run_id)} ${toned('failed', colors)} at ${run.stage}: ${orDash(run.failure)}`,
      ...(run.remedy ? [run.remedy] : []),
      'What is live was not touched.',
    ];
  if (run.state === 'unchanged')
    return [
      `Run ${short(run.run_id)} ${toned('unchanged', colors)}: it made the package of ${colors.bold(`${run.model} ${orDash(run.version)}`)} again, from ${count(run.rows)} rows.`,
      `The version stays as it is${version === null ? '' : `: ${version.state}, verdict ${toned(version.verdict ?? 'none', colors)}`}. A new one takes new rows, or another definition.`,
    ];
  const fate = deployment
    ? deploymentLines(deployment, colors, width)
    : [
        `${run.version} is versioned and not deployed. To deploy it${run.verdict === 'pass' ? '' : ' all the same'}: ${ratchet('deploy', run.model, `--version ${run.version}${run.verdict === 'pass' ? '' : ' --force'} ${REASON}`)}`,
      ];
  return [
    `${colors.bold(`${run.model} ${orDash(run.version)}`)} from ${count(run.rows)} rows, ${run.backend}, run ${short(run.run_id)}`,
    '',
    ...(version?.evaluation ? [...gateLines(version.evaluation, colors, width), ''] : []),
    ...fate,
  ];
}
