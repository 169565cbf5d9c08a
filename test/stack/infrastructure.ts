import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../../deploy/local/kafka.js';
import { freePort } from '../../deploy/local/ports.js';
import { type RunningPostgres, startPostgres } from '../../deploy/local/postgres.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-test-'));
  // Postgres runs as another user when the tests run as root, and must get through.
  await chmod(folder, 0o711);
  return folder;
}

/** An empty Kafka of the test's own, without topics. `stop()` removes its data as well. */
export async function testKafka(): Promise<RunningKafka> {
  const folder = await temporaryFolder();
  const kafka = await startKafka({
    home: DEFAULT_HOME,
    dataDir: join(folder, 'kafka'),
    port: await freePort(),
    logFile: join(folder, 'kafka.log'),
  });
  const stop = async (): Promise<void> => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...kafka, stop };
}

/** An empty Postgres of the test's own, without schemas. `stop()` removes its data as well. */
export async function testPostgres(): Promise<RunningPostgres> {
  const folder = await temporaryFolder();
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    passwordFile: join(folder, 'postgres.password'),
    logFile: join(folder, 'postgres.log'),
    durable: false,
  });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...postgres, stop };
}
