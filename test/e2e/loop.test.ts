import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandRejected } from '#contracts/events/deployment';
import { Deployment } from '#contracts/http/deployments';
import { DecideResponse } from '#contracts/http/serving';
import { VersionDetail, VersionSummary } from '#contracts/http/versions';
import { until } from '../../deploy/local/until.js';
import { OtlpCollector } from '../stack/otlp-collector.js';
import { useStack } from '../stack/use-stack.js';
import { describeDoctor } from './doctor-cases.js';
import { describeTraces } from './trace-cases.js';

const MODEL = 'backlink-outcome';
const GATE_CHECKS = [
  'accuracy_improvement',
  'f1_macro_improvement',
  'failure_rate_reduction',
  'beats_baseline',
  'enough_evidence',
  'distinguishes_actions',
];
const QUESTION = JSON.stringify({ task_id: 'test', site: { url: 'https://forum.example.org/t/1' } });

async function decide(url: string): Promise<DecideResponse> {
  const response = await fetch(`${url}/v1/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: QUESTION,
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return DecideResponse.parse(await response.json());
}

/** Asks in a few endless loops until it is stopped, and keeps what went wrong. */
function client(urls: readonly string[]): {
  stop: () => Promise<{ answers: number; versions: Set<string>; failures: string[] }>;
} {
  const seen = { answers: 0, versions: new Set<string>(), failures: [] as string[] };
  let going = true;
  const loops = [...urls, ...urls].map(async (url) => {
    while (going)
      try {
        seen.versions.add((await decide(url)).model_version);
        seen.answers++;
      } catch (error) {
        seen.failures.push(String(error));
      }
  });
  return {
    async stop() {
      going = false;
      await Promise.all(loops);
      return seen;
    },
  };
}

const Retrained = z.object({
  run: z.object({ state: z.string(), version: z.string().nullable(), verdict: z.string().nullable() }),
  version: VersionDetail.nullable(),
  deployment: Deployment.nullable(),
});

const collector = await OtlpCollector.start();

describe('the loop', () => {
  const stack = useStack('loop', { env: { '*': { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } } });

  const liveVersions = async (): Promise<string[]> =>
    (await Promise.all(stack().serving.map(decide))).map((answer) => answer.model_version);
  const bothAnswerBy = (version: string): Promise<boolean> =>
    until(
      `both instances to answer by ${version}`,
      async () => {
        const versions = await liveVersions();
        if (versions.every((each) => each === version)) return true;
        throw new Error(`they answer by ${versions.join(' and ')}`);
      },
      { deadlineMs: 120_000, everyMs: 200 },
    );
  async function json<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await stack().cli(...args, '--json');
    if (code !== 0) throw new Error(`ratchet ${args.join(' ')} exited with ${code}: ${stdout}${stderr}`);
    return schema.parse(JSON.parse(stdout));
  }
  const versions = (): Promise<VersionSummary[]> => json(z.array(VersionSummary), 'list');
  /** The state a command must leave alone. */
  const state = async (): Promise<unknown> => (await versions()).map(({ version, state: s }) => [version, s]);
  /** The version that the growing dataset brought live, and the one before it, for the tests that follow. */
  let better = '';
  let previous = 'v1.0.0';

  it('brings v1.0.0 live on both instances without anything typed', async () => {
    await stack().engine('--seed', '42', '--rate', '10');
    await bothAnswerBy('v1.0.0');
    const [first] = await versions();
    expect(first).toMatchObject({ version: 'v1.0.0', state: 'live', verdict: 'pass', model: MODEL });
  });

  it('retrains to v1.1.0 with a verdict and every number of the gate', async () => {
    const { run, version } = await json(Retrained, 'retrain', '--wait', '--no-auto-deploy');
    expect(run).toMatchObject({ state: 'done', version: 'v1.1.0' });
    const gate = version?.evaluation?.gate;
    expect(gate?.verdict).toBe(run.verdict);
    expect(gate?.checks.map(({ check }) => check)).toEqual(GATE_CHECKS);
    for (const check of gate?.checks ?? []) {
      expect(check.explanation).not.toBe('');
      if (check.outcome === 'pass' || check.outcome === 'fail') expect(check.value).not.toBeNull();
    }
    expect(await liveVersions()).toEqual(['v1.0.0', 'v1.0.0']);
  });

  it('brings a better version live on both instances once the stream has grown', async () => {
    for (let round = 1; better === '' && round <= 4; round++) {
      const engine = await stack().engine(
        '--seed',
        String(42 + round),
        '--burst',
        '0',
        '--rate',
        '250',
        '--total',
        '8000',
      );
      const { tasks, followed } = await engine.finished();
      expect(followed).toBeGreaterThan(tasks / 2);
      // One that the holdout left open may have won its trial by now.
      const won = (await versions()).find(({ state: s }) => s === 'live')?.version;
      if (won !== undefined && won !== previous) better = won;
      if (better !== '') break;
      const { run, deployment } = await json(Retrained, 'retrain', '--wait');
      if (run.verdict !== 'pass') continue;
      expect(deployment).toMatchObject({ state: 'done', to_version: run.version });
      previous = deployment?.from_version ?? '';
      better = run.version ?? '';
    }
    expect(better, 'no round brought a version past the gate').not.toBe('');
    await bothAnswerBy(better);
  }, 600_000);

  it('rolls back with one command while no request fails, and says how long each instance took', async () => {
    const asking = client(stack().serving);
    const { code, stdout } = await stack().cli('rollback', '--reason', 'trying it out');
    await bothAnswerBy(previous);
    const { answers, failures, versions: seen } = await asking.stop();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual([previous, better].sort());
    expect(code).toBe(0);
    for (const instance of ['serving-1', 'serving-2']) expect(stdout).toMatch(new RegExp(`${instance}.*\\d+ ms`));
  });

  it('keeps the rollback in its history and in an intact audit log', async () => {
    const history = await json(z.array(Deployment), 'history');
    const rollback = history.find(({ kind }) => kind === 'rollback');
    expect(rollback).toMatchObject({
      state: 'done',
      from_version: better,
      to_version: previous,
      reason: 'trying it out',
    });
    expect(rollback?.instances.map(({ state: s }) => s)).toEqual(['activated', 'activated']);
    expect((await stack().cli('audit', '--verify')).code).toBe(0);
  });

  it('takes the same command as plain JSON from any Kafka client', async () => {
    expect((await stack().cli('deploy', '--version', better, '--reason', 'back to the better one')).code).toBe(0);
    await bothAnswerBy(better);
    const producer = stack().kafka.producer();
    await producer.connect();
    await producer.send({
      topic: 'model.rollback-requested',
      messages: [{ value: '{"reason":"by hand, from Kafka"}' }],
    });
    await producer.disconnect();
    await bothAnswerBy(previous);
    const [last] = await json(z.array(Deployment), 'history');
    expect(last).toMatchObject({ kind: 'rollback', to_version: previous, reason: 'by hand, from Kafka' });
  });

  it('rejects wrong commands with the reason and changes nothing', async () => {
    const before = await state();
    const rejected: CommandRejected[] = [];
    const consumer = stack().kafka.consumer({ groupId: 'rejections' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'model.command-rejected', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        rejected.push(CommandRejected.parse(JSON.parse(String(message.value))));
      },
    });
    const producer = stack().kafka.producer();
    await producer.connect();
    await producer.send({
      topic: 'model.rollback-requested',
      messages: [
        { value: '{"version":"v9.9.9","reason":"there is none"}' },
        { value: '{"version":"v1.1.0"}' },
        { value: 'rollback please' },
      ],
    });
    await producer.disconnect();
    await until('three rejections', () => rejected.length >= 3);
    await consumer.disconnect();
    const codes = rejected.map(({ code }) => code).sort();
    expect(codes).toEqual(['invalid-command', 'not-json', 'unknown-version']);
    expect(rejected.find(({ code }) => code === 'invalid-command')?.field).toBe('reason');
    for (const { detail } of rejected) expect(detail).not.toBe('');
    expect(await state()).toEqual(before);
    expect(await liveVersions()).toEqual([previous, previous]);
  });

  describeTraces(stack, collector);
  // The last, because it damages the stack.
  describeDoctor(stack);
});
