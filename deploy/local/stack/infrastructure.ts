import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../kafka/kafka.js';
import { type RunningPostgres, startPostgres } from '../postgres/postgres.js';
import type { Ledger } from '../processes/ledger.js';
import type { Program } from '../processes/supervisor.js';

/** Kafka and Postgres of one data folder, as programs for the supervisor. */
export interface Infrastructure {
  readonly home: string;
  /** Where Kafka's jars are, if not in the home. */
  readonly artifactsHome?: string;
  readonly ledger: Ledger;
  readonly durable?: boolean;
}

export function kafkaProgram(
  { home, artifactsHome, ledger }: Infrastructure,
  port: number,
  started: (kafka: RunningKafka) => void = () => undefined,
): Program {
  return {
    name: 'kafka',
    tier: 'infrastructure',
    async start(signal) {
      const kafka = await startKafka({
        home: artifactsHome ?? home,
        dataDir: join(home, 'kafka-data'),
        port,
        logFile: join(home, 'logs/kafka.log'),
        ledger,
        signal,
      });
      started(kafka);
      return kafka.child;
    },
  };
}

export function postgresProgram(
  { home, ledger, durable = true }: Infrastructure,
  port: number,
  started: (postgres: RunningPostgres) => void,
): Program {
  return {
    name: 'postgres',
    tier: 'infrastructure',
    async start(signal) {
      const postgres = await startPostgres({
        dataDir: join(home, 'postgres'),
        port,
        passwordFile: join(home, 'postgres.password'),
        logFile: join(home, 'logs/postgres.log'),
        durable,
        ledger,
        signal,
      });
      started(postgres);
      return postgres.child;
    },
  };
}
