import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fetchArtifacts } from '../fetch/artifacts.js';
import { freePort } from '../ports.js';
import { type Child, goneAs, launch } from '../processes/child.js';
import type { Ledger } from '../processes/ledger.js';
import { REPOSITORY } from '../repository.js';
import { until } from '../until.js';
import { kafkaAnswers } from './kafka-probe.js';
import { serverProperties } from './kafka-settings.js';

export interface KafkaOptions {
  /** The RATCHET_HOME whose `kafka` folder holds the jars, or will. */
  readonly home: string;
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
  readonly ledger?: Ledger | undefined;
  /** Gives up the start when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it must answer. */
  readonly deadlineMs?: number;
  /** Beyond the plain listener on loopback: see {@link KafkaSettings}. */
  readonly listeners?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** The same for all nodes of one cluster; made up if left out. */
  readonly clusterId?: string;
  /** Further arguments of `kafka-storage format`, like `--add-scram`. */
  readonly formatArgs?: readonly string[];
}

export interface RunningKafka {
  /** For KAFKA_BROKERS. */
  readonly brokers: string;
  readonly pid: number;
  readonly child: Child;
  stop(): Promise<void>;
}

const FORMATTED = 'formatted';

function javaArgs(home: string, mainClass: string, ...args: string[]): string[] {
  return [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${join(REPOSITORY, 'deploy/kafka/log4j2.properties')}`,
    '-cp',
    join(home, 'kafka', '*'),
    mainClass,
    ...args,
  ];
}

/**
 * Writes the node's identity into an empty data folder. Data can only be there once a broker ran, and that needs the
 * marker; so a folder without one is a formatting that was cut short, and starts over.
 */
async function format(
  home: string,
  dataDir: string,
  properties: string,
  clusterId: string,
  more: readonly string[],
): Promise<void> {
  const marker = join(dataDir, FORMATTED);
  if (existsSync(marker)) return;
  await rm(join(dataDir, 'log'), { recursive: true, force: true });
  const args = javaArgs(
    home,
    'kafka.tools.StorageTool',
    'format',
    // With "=", because one in 64 starts with a dash and would be taken for an option.
    `--cluster-id=${clusterId}`,
    '-c',
    properties,
    ...more,
  );
  try {
    await promisify(execFile)('java', args);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`Kafka's data folder ${dataDir} cannot be formatted: ${said}`);
  }
  await writeFile(marker, `${clusterId}\n`);
}

/** Starts a single Kafka node on loopback, fetching it at first, and returns when it answers. Its data stays between starts. */
export async function startKafka(options: KafkaOptions): Promise<RunningKafka> {
  const { dataDir, port, logFile, deadlineMs = 90_000 } = options;
  const home = resolve(options.home);
  await fetchArtifacts(home);
  await mkdir(dataDir, { recursive: true });
  const properties = join(dataDir, 'server.properties');
  const controllerPort = await freePort();
  const { listeners = [], settings = {}, formatArgs = [] } = options;
  const { clusterId = randomBytes(16).toString('base64url') } = options;
  await writeFile(
    properties,
    serverProperties({ port, controllerPort, dataDir: join(dataDir, 'log'), listeners, more: settings }),
    { mode: 0o600 },
  );
  await format(home, dataDir, properties, clusterId, formatArgs);
  const child = await launch({
    name: 'kafka',
    command: 'java',
    args: javaArgs(home, 'kafka.Kafka', properties),
    env: process.env,
    logFile,
    tier: 'infrastructure',
    graceMs: 30_000,
    ledger: options.ledger,
  });
  try {
    await until(`Kafka to answer on 127.0.0.1:${port}`, () => kafkaAnswers(port), {
      deadlineMs,
      hopeless: goneAs(child),
      signal: options.signal,
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { brokers: `127.0.0.1:${port}`, pid: child.pid, child, stop: () => child.stop() };
}
