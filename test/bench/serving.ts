import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/ports.js';
import { ServingWorld } from '../e2e/serving-world.js';
import type { Load } from './load/load.js';
import { machineSpeed } from './load/machine-speed.js';
import { type Contestant, compete, type Rounds, type Spread, spreadOf } from './load/rounds.js';
import { packageOf } from './serving/package.js';
import { inplacePredict, type Mlserver, type Peer, startEcho, startMlserver, trainModel } from './serving/peers.js';
import {
  binaryRequests,
  COLUMNS,
  decideRequests,
  grpcRequests,
  inferRequests,
  pseudoRandom,
} from './serving/requests.js';

/**
 * One serving process against MLServer with the same model, against a bare Fastify that echoes the same bytes, and for large batches
 * against XGBoost itself. All are up at once; in each round they are loaded in turn by the same generator. A ratio is the
 * median of the rounds' ratios, `spread` says between what they lay.
 */
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
/** So that large requests do not wait for each other. */
const LARGE_CONNECTIONS = 2;
const LARGE = 10_000;

interface Servers {
  readonly plain: number;
  readonly grpc: number;
  readonly logging: number;
  readonly mlserver: Mlserver;
  readonly echo: Peer;
}

const PATH = '/v2/models/bench/infer';
const random = pseudoRandom();

function singleRows({ plain, logging, mlserver, echo }: Servers): Contestant[] {
  const decisions = decideRequests(random);
  return [
    { name: 'ratchet', port: plain, requests: inferRequests(PATH, 1, random) },
    { name: 'fastify', port: echo.port, requests: inferRequests(echo.path, 1, random) },
    { name: 'decide', port: plain, requests: decisions },
    { name: 'ratchet_logging', port: logging, requests: decisions },
    { name: 'mlserver', port: mlserver.port, requests: inferRequests(mlserver.path, 1, random) },
  ];
}

function batches({ plain, grpc, mlserver, echo }: Servers): Contestant[] {
  return [
    { name: 'ratchet', port: plain, requests: inferRequests(PATH, 100, random) },
    { name: 'binary', port: plain, requests: binaryRequests(PATH, 100, random) },
    { name: 'mlserver', port: mlserver.port, requests: inferRequests(mlserver.path, 100, random) },
    { name: 'fastify', port: echo.port, requests: inferRequests(echo.path, 100, random) },
    { name: 'grpc', port: grpc, ...grpcRequests(100, random) },
    { name: 'mlserver_grpc', port: mlserver.grpcPort, ...grpcRequests(100, random) },
  ];
}

const overGrpc = ({ grpc, mlserver }: Servers): Contestant[] => [
  { name: 'ratchet', port: grpc, ...grpcRequests(1, random) },
  { name: 'mlserver', port: mlserver.grpcPort, ...grpcRequests(1, random) },
];

const largeBatches = ({ plain, grpc, mlserver }: Servers): Contestant[] => [
  { name: 'binary', port: plain, requests: binaryRequests(PATH, LARGE, random) },
  { name: 'grpc', port: grpc, ...grpcRequests(LARGE, random) },
  { name: 'mlserver_grpc', port: mlserver.grpcPort, ...grpcRequests(LARGE, random) },
];

const perSecond = (load: Load): number => load.perSecond;
const p99 = (load: Load): number => load.p99;
const rounded = (value: number): number => Number(value.toPrecision(4));

function figuresOf(prefix: string, rounds: Rounds): Record<string, number> {
  return Object.fromEntries(
    rounds.names.flatMap((name) => [
      [`${prefix}${name}_per_second`, rounded(rounds.figure(name, perSecond).median)],
      [`${prefix}${name}_p50_ms`, rounded(rounds.figure(name, ({ p50 }) => p50).median)],
      [`${prefix}${name}_p99_ms`, rounded(rounds.figure(name, p99).median)],
    ]),
  );
}

interface Measured {
  readonly single: Rounds;
  readonly batch: Rounds;
  readonly grpc: Rounds;
  readonly large: Rounds;
  /** Calls a second, before and after the large batches. */
  readonly inplace: readonly number[];
}

function ratiosOf({ single, batch, grpc, large, inplace }: Measured): Record<string, Spread> {
  const limit = spreadOf(inplace).high;
  const ours = large.figure('binary', perSecond);
  return {
    vs_mlserver: single.ratio('ratchet', 'mlserver', perSecond),
    vs_mlserver_logging: single.ratio('ratchet_logging', 'mlserver', perSecond),
    logging_vs_off: single.ratio('ratchet_logging', 'decide', perSecond),
    logging_p99_vs_off: single.ratio('ratchet_logging', 'decide', p99),
    p99_vs_mlserver: single.ratio('ratchet', 'mlserver', p99),
    p99_vs_mlserver_logging: single.ratio('ratchet_logging', 'mlserver', p99),
    of_bare_fastify: single.ratio('ratchet', 'fastify', perSecond),
    batch_vs_mlserver: batch.ratio('ratchet', 'mlserver', perSecond),
    batch_p99_vs_mlserver: batch.ratio('ratchet', 'mlserver', p99),
    batch_of_bare_fastify: batch.ratio('ratchet', 'fastify', perSecond),
    binary_batch_vs_mlserver: batch.ratio('binary', 'mlserver', perSecond),
    binary_batch_vs_mlserver_grpc: batch.ratio('binary', 'mlserver_grpc', perSecond),
    grpc_batch_vs_mlserver_grpc: batch.ratio('grpc', 'mlserver_grpc', perSecond),
    grpc_vs_mlserver_grpc: grpc.ratio('ratchet', 'mlserver', perSecond),
    large_vs_mlserver_grpc: large.ratio('binary', 'mlserver_grpc', perSecond),
    large_grpc_vs_mlserver_grpc: large.ratio('grpc', 'mlserver_grpc', perSecond),
    large_of_inplace_predict: { median: ours.median / limit, low: ours.low / limit, high: ours.high / limit },
  };
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-bench-'));
  const { python, modelFile } = await trainModel(folder);
  // What is decided is not read here: to read as many predictions as are written would take the core that is measured.
  const world = await ServingWorld.start({ listen: ['model.activated'] });
  const peers: Peer[] = [];
  try {
    const grpcPort = await freePort();
    const plain = await world.serve('plain', {
      PREDICTION_LOG: 'off',
      LOG_LEVEL: 'info',
      GRPC_PORT: String(grpcPort),
    });
    const logging = await world.serve('logging', { LOG_LEVEL: 'info' });
    const ref = await world.version('v1.0.0', packageOf('bench', await readFile(modelFile), COLUMNS));
    await world.activated(await world.want('promote', { model: 'bench', live: ref }), [plain, logging]);
    const mlserver = await startMlserver(python, folder);
    peers.push(mlserver);
    const echo = await startEcho(folder);
    peers.push(echo);
    const portOf = (url: string): number => Number(new URL(url).port);
    const servers = { plain: portOf(plain.url), grpc: grpcPort, logging: portOf(logging.url), mlserver, echo };
    const speeds = [machineSpeed()];
    const many = { rounds: ROUNDS, seconds: SECONDS, connections: CONNECTIONS };
    const few = { ...many, connections: LARGE_CONNECTIONS };
    const single = await compete(singleRows(servers), many);
    const batch = await compete(batches(servers), many);
    const grpc = await compete(overGrpc(servers), many);
    const before = await inplacePredict(python, modelFile, LARGE);
    const large = await compete(largeBatches(servers), few);
    const inplace = [before, await inplacePredict(python, modelFile, LARGE)];
    speeds.push(machineSpeed());
    const ratios = Object.entries(ratiosOf({ single, batch, grpc, large, inplace }));
    return {
      name: 'serving',
      ratios: Object.fromEntries(ratios.map(([name, { median }]) => [name, rounded(median)])),
      spread: Object.fromEntries(ratios.map(([name, { low, high }]) => [name, [rounded(low), rounded(high)]])),
      figures: {
        ...figuresOf('', single),
        ...figuresOf('batch_', batch),
        ...figuresOf('grpc_', grpc),
        ...figuresOf('large_', large),
        large_inplace_predict_per_second: rounded(spreadOf(inplace).high),
        machine_million_turns_per_second: rounded(Math.max(...speeds)),
      },
    };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
