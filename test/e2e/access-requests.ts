import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { NamedOperation } from '#contracts/http/operation';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { REPOSITORY } from '../../deploy/local/repository.js';
import type { TestStack } from '../stack/stack.js';

export interface Attempt {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** Announces so many bytes and sends none. */
  readonly announce?: number;
  /** Sends this many bytes without announcing them. */
  readonly stream?: number;
}

export interface Outcome {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** A request as strangers would send it, which no client library would let through. */
export function send({ method, url, headers = {}, body, announce, stream }: Attempt): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method,
      headers: { ...headers, ...(announce === undefined ? {} : { 'content-length': String(announce) }) },
      agent: false,
    });
    let answered = false;
    outgoing.on('response', (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      const finish = (): void => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
        outgoing.destroy();
      };
      response.once('end', finish);
      response.once('error', finish);
    });
    // A server that has heard enough closes the connection; its answer came first.
    outgoing.on('error', (error) => {
      if (!answered) reject(error);
    });
    if (announce !== undefined) outgoing.flushHeaders();
    else if (stream === undefined) outgoing.end(body);
    else {
      outgoing.flushHeaders();
      outgoing.write(`{"reason":"${'x'.repeat(stream)}`);
    }
  });
}

const EXAMPLES: Readonly<Record<string, string>> = {
  model: DEFAULT_MODEL,
  version: 'v1.0.0',
  name: 'bystander',
  alias: 'champion',
};
const SOME_ID = '3f2a81c0-0000-4000-8000-000000000001';

/** The path of an operation, its parameters filled in with what is there, or could be. */
export const pathOf = (operation: NamedOperation, examples = EXAMPLES): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? SOME_ID);

const because = { reason: 'an attempt' };

/** For each operation that takes one, a body it would accept of those who may. */
export const GOOD_BODIES: Readonly<Record<string, unknown>> = {
  deployVersion: { version: 'v1.1.0', ...because },
  rollBack: because,
  approveVersion: because,
  setAlias: { alias: 'champion', version: 'v1.0.0' },
  tagVersion: { tags: { owner: 'ada' } },
  describeVersion: { description: 'the first one' },
  drillRollback: because,
  advanceCanary: because,
  abortCanary: because,
  setShadow: { version: 'v1.1.0', ...because },
  restoreBackup: because,
  decideReconciliation: { decision: 'keep', ...because },
  defineModel: { text: readFileSync(join(REPOSITORY, 'deploy/models/backlink-outcome.yaml'), 'utf8'), ...because },
  requestTraining: because,
  cancelRun: because,
  uploadModelFile: '{"learner":{}}',
  registerModel: { upload: `sha256:${'a'.repeat(64)}`, format: 'xgboost-json', description: {} },
  takeLease: { lease_seconds: 60 },
  extendLease: { progress: 0.5, message: 'half way' },
  completeTraining: { upload: `sha256:${'a'.repeat(64)}`, format: 'xgboost-json', description: {} },
  failTraining: { reason: 'an attempt' },
  createToken: { name: 'intruder', role: 'admin' },
  importFile: '{"task_id":77,"action_attempted":"forum","result":"success","timestamp":"2026-01-04T09:00:00Z"}\n',
  collect: { since_days: 1 },
  replayDeadLetters: {},
  dropDeadLetters: { reason: 'not-json' },
  decide: { task_id: 1, site: { da: 44 } },
  repositoryIndex: { ready: true },
  infer: { inputs: [{ name: 'da', datatype: 'INT64', shape: [1], data: [10] }] },
  inferVersion: { inputs: [{ name: 'da', datatype: 'INT64', shape: [1], data: [10] }] },
};

/** Whether the body is a file, taken as it comes. */
export const takesFile = (operation: NamedOperation): boolean =>
  operation.body?.contentTypes?.[0] === 'application/octet-stream';

export function goodBody(operation: NamedOperation): { headers: Record<string, string>; body: string | undefined } {
  if (operation.body === undefined) return { headers: {}, body: undefined };
  const body = GOOD_BODIES[operation.name];
  if (body === undefined) throw new Error(`access-requests.ts has no body for the operation ${operation.name}`);
  return {
    headers: { 'content-type': takesFile(operation) ? 'application/octet-stream' : 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

const TABLES = `
select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('registry', 'training', 'feedback', 'evaluation') and c.relkind in ('r', 'p') and not c.relispartition
order by 1`;

/** Every table's rows in one text each. */
export async function databaseRows(stack: TestStack): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const { name } of await stack.query<{ name: string }>(TABLES)) {
    const [all] = await stack.query<{ text: string | null }>(
      `select string_agg(t::text, E'\\n' order by t::text) as text from ${name} t`,
    );
    rows.set(name, all?.text ?? '');
  }
  return rows;
}
