import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { CanaryStatus, type RunningCanary } from '#contracts/http/rollout';
import { VersionDetail } from '#contracts/http/versions';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';

const MODEL = 'backlink-outcome';
const PATIENT = { deadlineMs: 400_000, everyMs: 500 };

/** The delivered definition, judged by what its choices are worth, with trials. */
const folder = mkdtempSync(join(tmpdir(), 'ratchet-models-'));
const delivered = readFileSync(join(REPOSITORY, 'deploy/models', `${MODEL}.yaml`), 'utf8');
const ours = delivered
  .replace(/^gate:.*$/m, 'gate: { profile: policy }')
  .replace(/^schedule:.*$/m, 'schedule: ""')
  .replace(
    /^canary:.*$/m,
    'canary: { steps: [100], on_inconclusive: trial, trial: { steps: [30, 50], minimum_outcomes: 100, tasks: 60000 } }',
  );
writeFileSync(join(folder, `${MODEL}.yaml`), ours);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const Retrained = z.object({
  run: z.object({ version: z.string().nullable(), verdict: z.string().nullable() }),
  version: VersionDetail.nullable(),
});

describe('a challenger that the holdout cannot tell from the champion', () => {
  const stack = useStack('trial', {
    env: {
      '*': { MODELS_DIR: folder },
      registry: { CANARY_CHECK_SECONDS: '0.5' },
      evaluator: { EVALUATOR_POLL_MS: '200' },
    },
  });

  async function json<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await stack().cli(...args, '--json');
    if (code !== 0) throw new Error(`ratchet ${args.join(' ')} exited with ${code}: ${stdout}${stderr}`);
    return schema.parse(JSON.parse(stdout));
  }
  const live = async () => (await json(ModelStatus, 'status')).live?.version ?? null;

  it('is tried where nothing is explored, and goes live when it is better for sure', async () => {
    await stack().engine('--seed', '42', '--rate', '10', '--total', '2500');
    await until('v1.0.0 to be live', async () => (await live()) === 'v1.0.0', PATIENT);
    // What others did by their own rule: much to learn from, and nothing that could decide.
    await (await stack().engine('--seed', '43', '--burst', '12000', '--total', '12000')).finished();
    const { run, version } = await json(Retrained, 'retrain', '--wait');
    expect(run.verdict, version?.evaluation?.gate.summary).toBe('inconclusive');
    expect(version?.evaluation?.gate.trial).toMatchObject({ suited: true, measure: 'failures', wanted: 0.05 });

    await stack().engine('--seed', '44', '--burst', '0', '--rate', '150', '--follow', '1');
    const seen: NonNullable<RunningCanary['trial']>[] = [];
    await until(
      'the trial to be decided',
      async () => {
        const { canary } = await json(CanaryStatus, 'canary', 'status');
        if (canary?.trial?.estimate) seen.push(canary.trial);
        if (seen.length > 0 && canary === null) return true;
        throw new Error(canary === null ? 'no trial has been seen yet' : canary.reasons.join(' '));
      },
      PATIENT,
    );
    expect(seen.at(-1)).toMatchObject({ measure: 'failures', wanted: 0.05, most_tasks: 60_000 });
    const { curve = [], tasks, estimate } = seen.at(-1) ?? {};
    expect(curve.at(-1)).toMatchObject({ tasks, estimate });
    const history = await json(z.array(Deployment), 'history');
    expect(history.find(({ to_version }) => to_version === run.version)?.steps?.[0]).toMatchObject({ percent: 30 });
    await until('it to be live', async () => (await live()) === run.version, PATIENT);
    expect((await stack().cli('audit', '--verify')).stdout).toContain('intact');

    // The evaluator wrote its page before the trial; who asks for it now sees how that came about.
    const { stdout: page } = await stack().cli('report', '--version', run.version ?? '', '--output', '-');
    expect(page).toMatch(/<h2>The trial of [^<]*: won<\/h2>/);
    expect(page).toContain('Asked for: 5.0 % fewer failures than v1.0.0.');
    expect(page).toMatch(/<path class="line challenger" d="M[\d.]+ [\d.]+L/);
  }, 900_000);
});
