import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '#database/data-source';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { startKafka } from '../../deploy/local/kafka/kafka.js';
import { freePort } from '../../deploy/local/ports.js';
import { startPostgres } from '../../deploy/local/postgres/postgres.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { fetchConnect, measureConnect } from './ingest/kafka-connect.js';
import { type BenchTopic, produceMessages } from './ingest/messages.js';
import { measureOurs } from './ingest/ours.js';
import { dumpRows, measureRawCopy } from './ingest/raw-copy.js';
import { machineSpeed } from './load/machine-speed.js';
import { spreadOf } from './load/rounds.js';

const MESSAGES = Number(process.env.BENCH_MESSAGES || 600_000);
const BACKLOG = Number(process.env.BENCH_BACKLOG || 2_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS || 5);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const OUTCOMES = 'automation.outcomes';
/** Predictions are three times as long. */
const PREDICTIONS = MESSAGES / 3;
const PARTITIONS = [1, 2, 4] as const;
const perSecond = (rows: number): string => `${Math.round(rows).toLocaleString('en')} rows/s`;

/**
 * The same messages, the same Kafka and the same Postgres (which writes through to the disk), in turns: feedback-ingest,
 * Kafka Connect with the Debezium JDBC sink in upsert mode, and one raw COPY of the rows that feedback-ingest stored.
 * Then feedback-ingest alone: with one, two and four of the partitions, with predictions of 25 features, and with a backlog of two million
 * messages, for its memory.
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
    const speeds = [machineSpeed()];
    say(`writing ${MESSAGES} messages`);
    await produceMessages(kafka, OUTCOMES, 0, MESSAGES);
    const parts = { home, brokers: kafkaServer.brokers, databaseUrl: postgres.url };
    const rows = join(home, 'rows.tsv');
    const rates = { ours: [] as number[], connect: [] as number[], raw: [] as number[], fold: [] as number[] };
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await measureOurs(parts, { topic: OUTCOMES, messages: MESSAGES });
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
    const figures: Record<string, number> = {};
    const ends = await endsOf(kafka, OUTCOMES);
    for (const count of PARTITIONS) {
      const read = ends.filter(({ partition }) => partition < count);
      const behind = ends.filter(({ partition }) => partition >= count);
      const messages = read.reduce((sum, { next }) => sum + next, 0);
      const { rate } = await measureOurs(parts, { topic: OUTCOMES, messages, behind });
      figures[`rows_per_second_${count}_partitions`] = Math.round(rate);
      say(`${count} of its partitions: ${perSecond(rate)}`);
    }
    await produceMessages(kafka, 'predictions', 0, PREDICTIONS);
    const predictions = await measureOurs(parts, { topic: 'predictions', messages: PREDICTIONS });
    say(`predictions: ${perSecond(predictions.rate)}`);
    say(`writing ${BACKLOG - MESSAGES} more messages`);
    await produceMessages(kafka, OUTCOMES, MESSAGES, BACKLOG);
    const backlog = await measureOurs(parts, { topic: OUTCOMES, messages: BACKLOG });
    speeds.push(machineSpeed());
    const middle = (values: readonly number[]): number => Math.round(spreadOf(values).median);
    const compared = {
      vs_kafka_connect: ratioOf(rates.ours, rates.connect),
      of_raw_copy: ratioOf(rates.ours, rates.raw),
      fold_of_ingest: ratioOf(rates.fold, rates.ours),
    };
    return {
      name: 'ingest',
      figures: {
        ours_rows_per_second: middle(rates.ours),
        kafka_connect_rows_per_second: middle(rates.connect),
        raw_copy_rows_per_second: middle(rates.raw),
        folded_rows_per_second: middle(rates.fold),
        ...figures,
        predictions_per_second: Math.round(predictions.rate),
        backlog_rows_per_second: Math.round(backlog.rate),
        peak_memory_mib: Math.round(backlog.peakMebibytes),
        machine_million_turns_per_second: Math.round(Math.max(...speeds)),
      },
      ratios: Object.fromEntries(Object.entries(compared).map(([name, { median }]) => [name, median])),
      spread: Object.fromEntries(Object.entries(compared).map(([name, { low, high }]) => [name, [low, high]])),
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

/** Round by round: what slows the machine down slows down both. */
function ratioOf(one: readonly number[], other: readonly number[]) {
  const { median, low, high } = spreadOf(one.map((value, round) => value / (other[round] ?? Number.NaN)));
  return { median: Number(median.toFixed(3)), low: Number(low.toFixed(3)), high: Number(high.toFixed(3)) };
}

async function endsOf(kafka: Kafka, topic: BenchTopic): Promise<{ partition: number; next: number }[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return ends.map(({ partition, high }) => ({ partition, next: Number(high) }));
}
