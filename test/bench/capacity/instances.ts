import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { EventProducer } from '#kafka/produce/producer';
import type { TestStack } from '../../stack/stack.js';
import { BEAT_MS, heartbeatsOf } from '../fleet/heartbeats.js';
import { MODEL } from './messages.js';

const CLOCK_TICKS = 100;
export const cpuSecondsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
};

const COMMITS = `select pg_stat_force_next_flush()::text as flushed, xact_commit::float8 as commits from pg_stat_database where datname = current_database()`;

/** What the registry spends a minute, in milliseconds of one core and transactions, while so many instances tell that they are there. */
async function minuteOf(stack: TestStack, instances: number, seconds: number) {
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const started_at = new Date().toISOString();
  const names = Array.from({ length: instances }, (_, i) => `serving-${i}`);
  const models = [
    { model: MODEL, seen_generation: 0, generation: 0, version: null, digest: null, canary: null, warm: [] },
  ];
  const beat = (): Promise<void> => producer.publishMany('serving.heartbeat', heartbeatsOf(names, started_at, models));
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  try {
    await pause(BEAT_MS);
    const { pid } = stack.child('registry');
    const commits = async (): Promise<number> =>
      (await stack.query<{ commits: number }>(COMMITS))[0]?.commits ?? Number.NaN;
    const before = { cpu: cpuSecondsOf(pid), commits: await commits() };
    await pause(seconds * 1000);
    const cpu = cpuSecondsOf(pid) - before.cpu;
    return {
      cpuMs: (cpu * 1000 * 60) / seconds,
      transactions: (((await commits()) - before.commits) * 60) / seconds,
    };
  } finally {
    clearInterval(timer);
    await producer.disconnect();
  }
}

/** The registry without an instance, and what each of many adds. */
export async function measureInstances(stack: TestStack, instances: number, seconds: number) {
  const none = await minuteOf(stack, 0, seconds);
  const many = await minuteOf(stack, instances, seconds);
  return {
    registry_cpu_ms_per_minute: Math.round(none.cpuMs),
    registry_cpu_ms_per_instance_minute: Number(((many.cpuMs - none.cpuMs) / instances).toFixed(1)),
    registry_transactions_per_minute: Math.round(none.transactions),
    registry_transactions_per_instance_minute: Number(((many.transactions - none.transactions) / instances).toFixed(2)),
  };
}
