import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaOptions, type RunningKafka, startKafka } from '../../deploy/local/kafka/kafka.js';
import { freePort } from '../../deploy/local/ports.js';
import { type RunningPostgres, startPostgres } from '../../deploy/local/postgres/postgres.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

interface Place {
  readonly folder: string;
  readonly ledger: Ledger;
  /** Removes the folder; what ran there must have stopped. */
  readonly clear: () => Promise<void>;
}

/** A temporary folder whose processes do not outlive this one, even if it is killed. */
async function temporaryPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-test-'));
  // Postgres runs as another user when the tests run as root, and must get through.
  await chmod(folder, 0o711);
  const ledger = new Ledger(join(folder, 'processes.json'));
  const dismissGuardian = postGuardian(ledger.file);
  const clear = async (): Promise<void> => {
    await dismissGuardian();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, ledger, clear };
}

/** An empty Kafka of the test's own, without topics. `stop()` removes its data as well. */
export async function testKafka(
  options: Partial<Pick<KafkaOptions, 'port' | 'listeners' | 'settings' | 'formatArgs'>> = {},
): Promise<RunningKafka> {
  const { folder, ledger, clear } = await temporaryPlace();
  const kafka = await startKafka({
    home: DEFAULT_HOME,
    dataDir: join(folder, 'kafka'),
    port: await freePort(),
    logFile: join(folder, 'kafka.log'),
    ledger,
    ...options,
  });
  const stop = async (): Promise<void> => {
    await kafka.stop();
    await clear();
  };
  return { ...kafka, stop };
}

/** An empty Postgres of the test's own, without schemas. `stop()` removes its data as well. */
export async function testPostgres(): Promise<RunningPostgres> {
  const { folder, ledger, clear } = await temporaryPlace();
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    passwordFile: join(folder, 'postgres.password'),
    logFile: join(folder, 'postgres.log'),
    durable: false,
    ledger,
  });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    await clear();
  };
  return { ...postgres, stop };
}
