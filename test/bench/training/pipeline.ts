import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EventProducer } from '#kafka/producer';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { until } from '../../../deploy/local/until.js';
import type { TestStack } from '../../stack/stack.js';
import { PARAMETERS, ROWS, TASKS } from './rows.js';

/** A run that takes longer has gone wrong. */
const LONGEST_MS = 180_000;

const Said = z.object({ seconds: z.number(), mebibytes: z.number(), accuracy: z.number() });
export type PipelineRun = z.infer<typeof Said>;

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

/** The pandas script on the flat table. */
export async function runPandas(interpreter: string, databaseUrl: string): Promise<PipelineRun> {
  const { rounds, max_depth, learning_rate } = PARAMETERS;
  const url = databaseUrl.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:');
  const script = join(REPOSITORY, 'test/bench/training/pipeline.py');
  const args = [script, url, availableParallelism(), rounds, max_depth, learning_rate].map(String);
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

/** From the request on Kafka to the verdict on Kafka; the memory is that of trainer, training process and evaluator together. */
export async function runOurs(stack: TestStack): Promise<PipelineRun> {
  const request_id = randomUUID();
  const verdicts: unknown[] = [];
  const consumer = stack.kafka.consumer({ groupId: `bench-${request_id}`, maxWaitTimeInMs: 20 });
  await consumer.connect();
  await consumer.subscribe({ topics: ['model.evaluated', 'training.failed'] });
  await consumer.run({
    eachMessage: async ({ message }) => void verdicts.push(JSON.parse(String(message.value))),
  });
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const pids = [stack.child('trainer').pid, stack.child('evaluator').pid];
  let mebibytes = 0;
  const watch = setInterval(() => {
    mebibytes = Math.max(
      mebibytes,
      pids.reduce((sum, pid) => sum + treeMebibytes(pid), 0),
    );
  }, 25);
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
    const run = await until(
      'the training to end',
      async () => {
        const rows = await stack.query<{ run_id: string; failure: string | null; state: string }>(
          `select run_id, failure, state from training.runs where request_id = $1 and state in ('done', 'failed')`,
          [request_id],
        );
        return rows[0];
      },
      { deadlineMs: LONGEST_MS, everyMs: 20 },
    );
    if (run.state === 'failed') throw new Error(`the training failed: ${run.failure}`);
    const Verdict = z.looseObject({
      trained: z.looseObject({ run_id: z.literal(run.run_id) }),
      challenger_metrics: z.looseObject({ accuracy: z.number() }),
    });
    const verdict = await until('the verdict', () => verdicts.map((v) => Verdict.safeParse(v).data).find(Boolean), {
      deadlineMs: LONGEST_MS,
      everyMs: 5,
    });
    const seconds = (performance.now() - began) / 1000;
    return { seconds, mebibytes, accuracy: verdict.challenger_metrics.accuracy };
  } finally {
    clearInterval(watch);
    await consumer.disconnect();
    await producer.disconnect();
  }
}
