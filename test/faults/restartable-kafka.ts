import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../../deploy/local/kafka/kafka.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

export interface RestartableKafka {
  readonly brokers: string;
  /** Ends the broker by this signal, starts it again on its data, and returns when it answers. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Stops it for good and removes its data. */
  stop(): Promise<void>;
}

/** A broker of the test's own whose port and data stay when it is restarted. */
export async function restartableKafka(port: number): Promise<RestartableKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-kafka-'));
  const start = (): Promise<RunningKafka> =>
    startKafka({ home: DEFAULT_HOME, dataDir: join(folder, 'kafka'), port, logFile: join(folder, 'kafka.log') });
  let kafka = await start();
  return {
    brokers: kafka.brokers,
    restart: async (signal) => {
      if (signal === 'SIGKILL') kafka.child.kill('SIGKILL');
      // Returns when the process is gone, however it went.
      await kafka.stop();
      kafka = await start();
    },
    stop: async () => {
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
