import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServingWorld } from '../e2e/serving-world.js';
import { requestBytes } from './load/connection.js';
import { type Load, load } from './load/load.js';
import { packageOf } from './serving/package.js';
import { type Peer, startEcho, startMlserver, trainModel } from './serving/peers.js';

/**
 * One serving process against MLServer with the same model, and against a bare Fastify that echoes the same bytes. All
 * are up at once; in each round they are loaded in turn by the same generator, and medians of the rounds count.
 */
const COLUMNS = 23;
const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 16;
/** Different requests, so that nothing is answered from a cache. */
const REQUESTS = 64;

type Random = () => number;

function values(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => Math.round(random() * 40_000 - 20_000) / 10_000);
}

function inferRequest(path: string, rows: number, random: Random): string {
  const data = values(rows * COLUMNS, random);
  const body = { inputs: [{ name: 'input', shape: [rows, COLUMNS], datatype: 'FP32', data }] };
  return requestBytes('bench', path, JSON.stringify(body)).toString('base64');
}

function decideRequest(task: number, random: Random): string {
  const site = Object.fromEntries(values(COLUMNS, random).map((value, i) => [`f${i}`, value]));
  return requestBytes('bench', '/v1/decide', JSON.stringify({ task_id: task, model: 'bench', site })).toString(
    'base64',
  );
}

function pseudoRandom(): Random {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Contestant {
  readonly name: string;
  readonly port: number;
  readonly requests: readonly string[];
}

/** Loads each in turn, round by round. */
async function compete(contestants: readonly Contestant[]): Promise<Map<string, Load>> {
  const runs = new Map<string, Load[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const { name, port, requests } of contestants) {
      const result = await load({ host: '127.0.0.1', port, connections: CONNECTIONS, seconds: SECONDS, requests });
      if (result.failures > 0) throw new Error(`${name}: ${result.failures} requests failed`);
      // The first round warms up.
      if (round > 0) runs.get(name)?.push(result);
    }
  const median = (numbers: number[]): number =>
    numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
  return new Map(
    [...runs].map(([name, loads]) => [
      name,
      {
        requests: loads.reduce((sum, l) => sum + l.requests, 0),
        perSecond: median(loads.map((l) => l.perSecond)),
        failures: 0,
        p50: median(loads.map((l) => l.p50)),
        p99: median(loads.map((l) => l.p99)),
      },
    ]),
  );
}

interface Servers {
  readonly plain: number;
  readonly logging: number;
  readonly mlserver: Peer;
  readonly echo: Peer;
}

async function measure({ plain, logging, mlserver, echo }: Servers) {
  const random = pseudoRandom();
  const many = (make: (i: number) => string): string[] => Array.from({ length: REQUESTS }, (_, i) => make(i));
  const infer = (path: string, rows: number): string[] => many(() => inferRequest(path, rows, random));
  const path = '/v2/models/bench/infer';
  const single = await compete([
    { name: 'ratchet', port: plain, requests: infer(path, 1) },
    { name: 'ratchet_logging', port: logging, requests: many((i) => decideRequest(i, random)) },
    { name: 'mlserver', port: mlserver.port, requests: infer(mlserver.path, 1) },
    { name: 'fastify', port: echo.port, requests: infer(echo.path, 1) },
  ]);
  const batch = await compete([
    { name: 'ratchet', port: plain, requests: infer(path, 100) },
    { name: 'mlserver', port: mlserver.port, requests: infer(mlserver.path, 100) },
    { name: 'fastify', port: echo.port, requests: infer(echo.path, 100) },
  ]);
  return { single, batch };
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function figuresOf(prefix: string, loads: ReadonlyMap<string, Load>): Record<string, number> {
  return Object.fromEntries(
    [...loads].flatMap(([name, { perSecond, p50, p99 }]) => [
      [`${prefix}${name}_per_second`, rounded(perSecond)],
      [`${prefix}${name}_p50_ms`, rounded(p50)],
      [`${prefix}${name}_p99_ms`, rounded(p99)],
    ]),
  );
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-bench-'));
  const { python, modelFile } = await trainModel(folder);
  const world = await ServingWorld.start();
  const peers: Peer[] = [];
  try {
    const plain = await world.serve('plain', { PREDICTION_LOG: 'off', LOG_LEVEL: 'info' });
    const logging = await world.serve('logging', { LOG_LEVEL: 'info' });
    const ref = await world.version('v1.0.0', packageOf('bench', await readFile(modelFile), COLUMNS));
    await world.activated(await world.want('promote', { model: 'bench', live: ref }), [plain, logging]);
    const mlserver = await startMlserver(python, folder);
    peers.push(mlserver);
    const echo = await startEcho(folder);
    peers.push(echo);
    const portOf = (url: string): number => Number(new URL(url).port);
    const { single, batch } = await measure({ plain: portOf(plain.url), logging: portOf(logging.url), mlserver, echo });
    const of = (loads: ReadonlyMap<string, Load>, name: string): Load => {
      const found = loads.get(name);
      if (!found) throw new Error(`${name} was not measured`);
      return found;
    };
    const ratio = (loads: ReadonlyMap<string, Load>, ours: string, theirs: string): number =>
      rounded(of(loads, ours).perSecond / of(loads, theirs).perSecond);
    return {
      name: 'serving',
      ratios: {
        vs_mlserver: ratio(single, 'ratchet', 'mlserver'),
        vs_mlserver_logging: ratio(single, 'ratchet_logging', 'mlserver'),
        p99_vs_mlserver: rounded(of(single, 'ratchet').p99 / of(single, 'mlserver').p99),
        of_bare_fastify: ratio(single, 'ratchet', 'fastify'),
        batch_vs_mlserver: ratio(batch, 'ratchet', 'mlserver'),
        batch_p99_vs_mlserver: rounded(of(batch, 'ratchet').p99 / of(batch, 'mlserver').p99),
        batch_of_bare_fastify: ratio(batch, 'ratchet', 'fastify'),
      },
      figures: { ...figuresOf('', single), ...figuresOf('batch_', batch) },
    };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
