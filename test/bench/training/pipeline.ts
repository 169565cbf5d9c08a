import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { EachMessagePayload } from 'kafkajs';
import { z } from 'zod';
import { EventProducer } from '#kafka/produce/producer';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import type { TestStack } from '../../stack/stack.js';
import { PARAMETERS, ROWS, TASKS } from './rows.js';

/** A run that takes longer has gone wrong. */
const LONGEST_MS = 180_000;
const MEMORY_EVERY_MS = 50;

const Said = z.object({ seconds: z.number(), mebibytes: z.number(), accuracy: z.number() });
export type PipelineRun = z.infer<typeof Said>;

/** Seconds of a run by what was done: the trainer's stages, then the evaluator's part. */
export type Shares = Readonly<Record<string, number>>;

/** Puts the rows into Postgres, flat and as tasks. */
export async function fillDatabase(stack: TestStack, rows: number): Promise<void> {
  await stack.query(ROWS.replace('ROWS', String(rows)));
  await stack.query(TASKS);
  await stack.query('analyze');
}

/** Has one row written anew, so that the next run copies all of them, as the pandas script does, instead of using a snapshot again. */
export async function touchOneRow(stack: TestStack): Promise<void> {
  await stack.query(`update feedback.tasks set received_at = now() where model = 'bench' and task_id = 'task-1'`);
}

/** The script that a data scientist would write; see pipeline.py for the ways it knows. */
export async function runPython(
  interpreter: string,
  how: 'flat' | 'polars',
  databaseUrl: string,
): Promise<PipelineRun> {
  const { rounds, max_depth, learning_rate } = PARAMETERS;
  const script = join(REPOSITORY, 'test/bench/training/pipeline.py');
  const args = [script, how, databaseUrl, availableParallelism(), rounds, max_depth, learning_rate].map(String);
  const { stdout } = await promisify(execFile)(interpreter, args, { timeout: LONGEST_MS });
  return Said.parse(JSON.parse(stdout));
}

/** Resident memory of a process and all below it, MiB. */
function treeMebibytes(pid: number): number {
  try {
    const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return Number(resident ?? 0) / 1024 + children.reduce((sum, child) => sum + treeMebibytes(Number(child)), 0);
  } catch {
    return 0;
  }
}

const Verdict = z.looseObject({
  trained: z.looseObject({ request_id: z.string() }),
  challenger_metrics: z.looseObject({ accuracy: z.number() }),
});
const Progress = z.looseObject({ request_id: z.string(), stage: z.string() });
const Failure = z.looseObject({ request_id: z.string(), reason: z.string() });

/** Waits for what becomes of a request. Its fetches last until there is something, so that waiting costs next to nothing. */
async function watchFor(stack: TestStack, request: string) {
  const consumer = stack.kafka.consumer({ groupId: `bench-${request}` });
  await consumer.connect();
  await consumer.subscribe({ topics: ['model.evaluated', 'training.failed', 'training.progress', 'model.trained'] });
  /** When each part began, by its name. */
  const began = new Map<string, number>();
  const note = (part: string): void => void (began.has(part) || began.set(part, performance.now()));
  const verdict = new Promise<z.infer<typeof Verdict>>((resolve, reject) => {
    const take = async (value: unknown): Promise<void> => {
      const judged = Verdict.safeParse(value).data;
      if (judged?.trained.request_id === request) resolve(judged);
      const failed = Failure.safeParse(value).data;
      if (failed?.request_id === request) reject(new Error(`the training failed: ${failed.reason}`));
    };
    const eachMessage = ({ topic, message }: EachMessagePayload): Promise<void> => {
      const value: unknown = JSON.parse(String(message.value));
      const progress = Progress.safeParse(value).data;
      if (topic === 'model.trained') note('judge');
      if (topic !== 'training.progress') return take(value);
      if (progress?.request_id === request) note(progress.stage);
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
    setTimeout(() => reject(new Error(`no verdict within ${LONGEST_MS} ms`)), LONGEST_MS).unref();
  });
  // Whoever awaits it sees the failure; it may come before that.
  verdict.catch(() => undefined);
  return { verdict, began, stop: () => consumer.disconnect() };
}

/** From when each part began to when the next one did. */
function sharesOf(began: ReadonlyMap<string, number>, ended: number): Shares {
  const parts = [...began].toSorted(([, a], [, b]) => a - b);
  return Object.fromEntries(parts.map(([part, at], i) => [part, ((parts[i + 1]?.[1] ?? ended) - at) / 1000]));
}

/** From the request on Kafka to the verdict on Kafka; the memory is that of trainer, training process and evaluator together. */
export async function runOurs(stack: TestStack): Promise<PipelineRun & { readonly shares: Shares }> {
  const request_id = randomUUID();
  const { verdict, began: parts, stop } = await watchFor(stack, request_id);
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const pids = [stack.child('trainer').pid, stack.child('evaluator').pid];
  let mebibytes = 0;
  const watch = setInterval(() => {
    mebibytes = Math.max(
      mebibytes,
      pids.reduce((sum, pid) => sum + treeMebibytes(pid), 0),
    );
  }, MEMORY_EVERY_MS);
  try {
    const began = performance.now();
    await producer.publish('training.requested', {
      request_id,
      model: 'bench',
      trigger: 'api',
      actor: 'bench',
      requested_at: new Date().toISOString(),
      auto_deploy: false,
    });
    const { challenger_metrics } = await verdict;
    const ended = performance.now();
    const shares = sharesOf(parts, ended);
    return { seconds: (ended - began) / 1000, mebibytes, accuracy: challenger_metrics.accuracy, shares };
  } finally {
    clearInterval(watch);
    await stop();
    await producer.disconnect();
  }
}
