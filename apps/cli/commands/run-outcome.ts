import type { Deployment, Run, VersionDetail } from '#contracts/http/registry';
import type { Session } from '../cli.js';
import { gateLines, toned } from '../output/gate.js';
import { count, orDash, short } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
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
    const found = (await session.registry.deployments(model, 20)).find(
      (d) => d.kind === 'deploy' && d.to_version === version,
    );
    if (found || Date.now() >= giveUpAt) return found ?? null;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits for what becomes of a run's version. */
export async function outcomeOf(session: Session, run: Run, autoDeploy: boolean, timeout: number): Promise<Outcome> {
  if (run.version === null) return { run, version: null, deployment: null };
  const appeared = run.verdict === 'pass' && autoDeploy ? await gateDeployment(session, run.model, run.version) : null;
  const deployment = appeared && (await followDeployment(session, run.model, appeared, timeout));
  return { run, version: await session.registry.version(run.model, run.version), deployment };
}

export function outcomeLines({ run, version, deployment }: Outcome, colors: Colors, width: number): string[] {
  if (run.state === 'failed')
    return [
      `Run ${short(run.run_id)} ${toned('failed', colors)} at ${run.stage}: ${orDash(run.failure)}`,
      ...(run.remedy ? [run.remedy] : []),
      'What is live was not touched.',
    ];
  const fate = deployment
    ? deploymentLines(deployment, colors, width)
    : [
        `${run.version} is versioned and not deployed. To deploy it${run.verdict === 'pass' ? '' : ' all the same'}: ratchet deploy --version ${run.version}${run.verdict === 'pass' ? '' : ' --force'} --reason "…"`,
      ];
  return [
    `${colors.bold(`${run.model} ${orDash(run.version)}`)} from ${count(run.rows)} rows, ${run.backend}, run ${short(run.run_id)}`,
    '',
    ...(version?.evaluation ? [...gateLines(version.evaluation, colors, width), ''] : []),
    ...fate,
  ];
}
