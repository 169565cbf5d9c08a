import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#database/data-source';
import { createKafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { startKafka } from '../../deploy/local/kafka.js';
import { freePort } from '../../deploy/local/ports.js';
import { startPostgres } from '../../deploy/local/postgres.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { fetchConnect, measureConnect } from './ingest/kafka-connect.js';
import { produceOutcomes } from './ingest/messages.js';
import { measureOurs } from './ingest/ours.js';
import { median } from './ingest/progress.js';
import { dumpRows, measureRawCopy } from './ingest/raw-copy.js';

const MESSAGES = Number(process.env.BENCH_MESSAGES || 600_000);
const BACKLOG = Number(process.env.BENCH_BACKLOG || 2_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS || 3);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const perSecond = (rows: number): string => `${Math.round(rows).toLocaleString('en')} rows/s`;

/**
 * The same messages, the same Kafka and the same Postgres (which writes through to the disk), in turns: feedback-ingest,
 * Kafka Connect with the Debezium JDBC sink in upsert mode, and one raw COPY of the rows that feedback-ingest stored.
 * Then feedback-ingest once more with a backlog of two million messages, for its memory.
 */
export async function run() {
  const home = await mkdtemp(join(tmpdir(), 'ratchet-bench-'));
  await chmod(home, 0o711);
  await mkdir(join(home, 'logs'));
  const kafkaServer = await startKafka({
    home: DEFAULT_HOME,
    dataDir: join(home, 'kafka'),
    port: await freePort(),
    logFile: join(home, 'logs/kafka.log'),
  });
  const postgres = await startPostgres({
    dataDir: join(home, 'postgres'),
    port: await freePort(),
    passwordFile: join(home, 'postgres.password'),
    logFile: join(home, 'logs/postgres.log'),
    durable: true,
  });
  try {
    const kafka = createKafka(
      { KAFKA_BROKERS: [kafkaServer.brokers], KAFKA_TLS: false },
      'bench',
      createLogger('bench', 'silent'),
    );
    await applyTopics(kafka);
    await migrate(postgres.url);
    const jars = await fetchConnect(join(DEFAULT_HOME, 'bench-connect'));
    say(`writing ${MESSAGES} messages`);
    await produceOutcomes(kafka, 0, MESSAGES);
    const parts = { home, brokers: kafkaServer.brokers, databaseUrl: postgres.url };
    const rows = join(home, 'rows.tsv');
    const rates = { ours: [] as number[], connect: [] as number[], raw: [] as number[], fold: [] as number[] };
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await measureOurs(parts, MESSAGES);
      rates.ours.push(ours.rate);
      rates.fold.push(ours.foldRate);
      await dumpRows(postgres.url, rows);
      const raw = await measureRawCopy(postgres.url, rows, MESSAGES);
      rates.raw.push(raw);
      const connect = await measureConnect({
        jars,
        folder: home,
        brokers: kafkaServer.brokers,
        databaseUrl: postgres.url,
        messages: MESSAGES,
        round,
      });
      rates.connect.push(connect);
      say(
        `round ${round}: ours ${perSecond(ours.rate)}, Kafka Connect ${perSecond(connect)}, raw COPY ${perSecond(raw)}, folded ${perSecond(ours.foldRate)}`,
      );
    }
    say(`writing ${BACKLOG - MESSAGES} more messages`);
    await produceOutcomes(kafka, MESSAGES, BACKLOG);
    const backlog = await measureOurs(parts, BACKLOG);
    const ratio = (one: readonly number[], other: readonly number[]): number =>
      Number(median(one.map((value, i) => value / (other[i] ?? Number.NaN))).toFixed(3));
    return {
      name: 'ingest',
      figures: {
        ours_rows_per_second: Math.round(median(rates.ours)),
        kafka_connect_rows_per_second: Math.round(median(rates.connect)),
        raw_copy_rows_per_second: Math.round(median(rates.raw)),
        folded_rows_per_second: Math.round(median(rates.fold)),
        backlog_rows_per_second: Math.round(backlog.rate),
        peak_memory_mib: Math.round(backlog.peakMebibytes),
      },
      ratios: { vs_kafka_connect: ratio(rates.ours, rates.connect), of_raw_copy: ratio(rates.ours, rates.raw) },
      rounds: rates,
      messages: MESSAGES,
      backlog_messages: BACKLOG,
    };
  } finally {
    await postgres.stop();
    await kafkaServer.stop();
    await rm(home, { recursive: true, force: true });
  }
}
