import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { ModelStatus } from '#contracts/http/models';
import { seededRandom } from '#domain/statistics/random';
import { SERVICES, type ServiceName } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import type { SampleEngine } from '../stack/programs.js';
import type { ProgramName } from '../stack/stack.js';
import { useStack } from '../stack/use-stack.js';
import { Downtimes } from './downtimes.js';

/** `npm run test:long` takes these; others by hand. */
const BROKER_RESTARTS = Number(process.env.BROKER_RESTARTS ?? 40);
const POSTGRES_RESTARTS = Number(process.env.POSTGRES_RESTARTS ?? 10);
const KILL_MINUTES = Number(process.env.KILL_MINUTES ?? 10);
const SEED = Number(process.env.RATCHET_SEED ?? Date.now() % 1_000_000);

const PATIENT = { deadlineMs: 300_000, everyMs: 500 };
const INSTANCES = ['serving-1', 'serving-2'] as const satisfies readonly ServiceName[];

describe('the whole stack through outages', () => {
  const stack = useStack('long-outages', { infrastructure: 'own' });
  const count = async (sql: string): Promise<number> =>
    Number((await stack().query<{ n: string }>(`select count(*) as n from ${sql}`))[0]?.n);
  const live = async (): Promise<ModelStatus> => {
    const { stdout, stderr } = await stack().cli('status', '--json');
    if (stdout === '') throw new Error(stderr);
    return ModelStatus.parse(JSON.parse(stdout));
  };
  const servedByAll = (version: string) =>
    until(
      `both instances to serve ${version}`,
      async () => (await live()).instances.filter((each) => each.version === version && each.ready).length === 2,
      PATIENT,
    );

  beforeAll(async () => {
    process.stderr.write(
      `outages: ${BROKER_RESTARTS} of the broker, ${POSTGRES_RESTARTS} of Postgres, ${KILL_MINUTES} min of kills, RATCHET_SEED=${SEED}\n`,
    );
    await (await stack().engine('--seed', '1', '--total', '2500')).finished();
    await servedByAll('v1.0.0');
    // Other rows, or it would be the same package.
    await (await stack().engine('--seed', '5', '--total', '1500')).finished();
    for (const command of [
      ['retrain', '--wait', '--no-auto-deploy'],
      ['deploy', '--version', 'v1.1.0', '--force', '--reason', 'a second version'],
    ]) {
      const { code, stdout, stderr } = await stack().cli(...command);
      if (code !== 0) throw new Error(`ratchet ${command.join(' ')}: ${stdout}${stderr}`);
    }
    for (;;) {
      const advanced = await stack().cli('canary', 'advance', '--reason', 'in a hurry');
      if (advanced.code !== 0) break;
    }
    await servedByAll('v1.1.0');
  }, 900_000);

  /** Ends a program and returns when the supervisor has another in its place. */
  async function restart(name: ProgramName, signal: NodeJS.Signals): Promise<void> {
    const { pid } = stack().child(name);
    stack().kill(name, signal);
    await until(`${name} to be back after ${signal}`, () => stack().child(name).pid !== pid, PATIENT);
  }

  const isReady = async (name: ServiceName): Promise<boolean> => {
    const response = await fetch(`${stack().urls[name]}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    if (response.ok) return true;
    throw new Error(`${name}: ${await response.text()}`);
  };
  const allReady = (after: string) =>
    Promise.all(SERVICES.map(({ name }) => until(`${name} to be ready after ${after}`, () => isReady(name), PATIENT)));

  /** Nothing that the engine sent is lost, nothing is there twice. */
  async function expectStored(engine: SampleEngine): Promise<void> {
    const { sent } = await engine.finished();
    const wanted = { automation: sent['automation.outcomes'], shadow: sent['shadow.outcomes'] };
    for (const [kind, n] of Object.entries(wanted))
      await until(
        `every ${kind} outcome to be stored`,
        async () => {
          const found = (await count(`feedback.events where kind = '${kind}'`)) - (storedBefore[kind] ?? 0);
          if (found >= n) return true;
          throw new Error(`${found} of ${n}`);
        },
        PATIENT,
      );
    for (const [kind, n] of Object.entries(wanted))
      expect((await count(`feedback.events where kind = '${kind}'`)) - (storedBefore[kind] ?? 0)).toBe(n);
    expect(await count('feedback.dead_letters')).toBe(0);
  }
  let storedBefore: Record<string, number> = {};
  const stream = async (seed: number): Promise<SampleEngine> => {
    storedBefore = {};
    for (const kind of ['automation', 'shadow'])
      storedBefore[kind] = await count(`feedback.events where kind = '${kind}'`);
    return stack().engine('--seed', String(seed), '--rate', '40', '--burst', '0');
  };

  /** There and back; the command itself gives up after ten seconds. */
  async function expectRollback(): Promise<void> {
    const back = await stack().cli('rollback', '--version', 'v1.0.0', '--reason', 'after it', '--timeout', '10');
    expect([back.code, back.stdout, back.stderr]).toEqual([0, expect.stringContaining('v1.0.0'), expect.anything()]);
    await servedByAll('v1.0.0');
    const again = await stack().cli('rollback', '--version', 'v1.1.0', '--reason', 'as it was', '--timeout', '10');
    expect([again.code, again.stderr]).toEqual([0, expect.anything()]);
    await servedByAll('v1.1.0');
  }

  it(`finds back by itself after each of ${BROKER_RESTARTS} restarts of the broker, half of them kills`, {
    timeout: 600_000 + BROKER_RESTARTS * 120_000,
  }, async () => {
    const engine = await stream(2);
    for (let n = 1; n <= BROKER_RESTARTS; n++) {
      const signal = n % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      await restart('kafka', signal);
      await allReady(`restart ${n} of the broker by ${signal}`);
    }
    await expectRollback();
    await engine.child.stop();
    await expectStored(engine);
  });

  it(`finds back by itself after each of ${POSTGRES_RESTARTS} restarts of Postgres`, {
    timeout: 600_000 + POSTGRES_RESTARTS * 120_000,
  }, async () => {
    const engine = await stream(3);
    for (let n = 1; n <= POSTGRES_RESTARTS; n++) {
      // What service managers and containers send it: SIGTERM would wait for everybody to go of their own accord.
      const signal = n % 2 === 0 ? 'SIGKILL' : 'SIGINT';
      await restart('postgres', signal);
      await allReady(`restart ${n} of Postgres by ${signal}`);
    }
    await expectRollback();
    await engine.child.stop();
    await expectStored(engine);
  });

  it(`answers every decision while an instance lives, through ${KILL_MINUTES} minutes of kills`, {
    timeout: 900_000 + KILL_MINUTES * 60_000,
  }, async () => {
    const random = seededRandom(SEED);
    const engine = await stream(4);
    const downtimes = new Downtimes(INSTANCES.map((name) => ({ name, url: stack().urls[name] })));
    const end = Date.now() + KILL_MINUTES * 60_000;
    let kills = 0;
    while (Date.now() < end) {
      await pause(3_000 + random() * 5_000);
      const victim = SERVICES[Math.floor(random() * SERVICES.length)]?.name ?? 'registry';
      try {
        stack().kill(victim, 'SIGKILL');
      } catch {
        // It is being started just now.
        continue;
      }
      kills++;
      downtimes.killed(victim);
    }
    await allReady('the last kill');
    const told = await downtimes.stop();
    process.stderr.write(`${kills} kills: ${JSON.stringify(told)}\n`);
    expect(told.unanswered).toEqual([]);
    expect(told.answered).toBeGreaterThan(0);
    await expectRollback();
    await engine.child.stop();
    await expectStored(engine);
  });
});
