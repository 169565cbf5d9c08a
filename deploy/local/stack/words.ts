import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import pc from 'picocolors';
import type { Report } from '../processes/supervisor.js';
import { REPOSITORY } from '../repository.js';
import type { StartSettings } from './settings.js';

export const HELP = `npm start [-- [--no-sample-engine] [--without SERVICE]]

Brings up the whole loop on this machine: Kafka, Postgres, five services (serving twice) and a simulated automation
engine. Everything listens on 127.0.0.1 only and keeps its data in RATCHET_HOME. Ctrl-C stops it.

Environment:
  RATCHET_HOME                  data folder (default .ratchet)
  KAFKA_BROKERS, DATABASE_URL   use these instead of the embedded Kafka and Postgres
  RATCHET_KAFKA_PORT            9092      RATCHET_POSTGRES_PORT          5432
  RATCHET_REGISTRY_PORT         7400      RATCHET_FEEDBACK_INGEST_PORT   7420
  RATCHET_SERVING_PORT          7410      RATCHET_SERVING_2_PORT         7411
  RATCHET_TRAINER_PORT          7430      RATCHET_EVALUATOR_PORT         7440
  RATCHET_SERVING_GRPC_PORT,
  RATCHET_SERVING_2_GRPC_PORT   where the two answer the Open Inference Protocol over gRPC (default: nowhere)
  RATCHET_SAMPLE_ENGINE         on or off (default: on with the embedded Kafka)
  RATCHET_SAMPLE_ENGINE_FLAGS   further flags for it, like "--rate 50 --drift-at 300"

npm run reset deletes the data.
`;

/** One line about something the supervisor did. */
export function describeReport(report: Report, logs: string): string {
  const log = pc.dim(`(${relative(process.cwd(), join(logs, `${report.name}.log`))})`);
  switch (report.kind) {
    case 'crashed':
      return `${pc.yellow(`${report.name} ${report.detail}; starting it again ${report.retryInMs === 0 ? 'at once' : `in ${report.retryInMs / 1000} s`}`)} ${log}`;
    case 'recovered':
      return pc.green(`${report.name} is back`);
    case 'finished':
      return `${report.name} is done`;
    case 'given-up':
      return `${pc.red(`${report.name} is not started again: ${report.detail}`)} ${log}`;
  }
}

/**
 * The last thing a start prints: where to look and what to try.
 *
 * @param live the version that an earlier start has left live
 */
export function welcome(settings: StartSettings, elapsed: string, live: string | null): string {
  const url = (name: string): string =>
    `http://127.0.0.1:${settings.services.find((service) => service.name === name)?.port}`;
  const grpc = settings.services.flatMap(({ grpc }) => (grpc ? [`127.0.0.1:${grpc.port}`] : []));
  const shown = (path: string): string => relative(process.cwd(), path) || path;
  const home = settings.home === join(REPOSITORY, '.ratchet') ? '' : `RATCHET_HOME=${settings.home} `;
  const hasConsole = existsSync(join(REPOSITORY, 'dist/apps/console/index.html'));
  const look = [
    hasConsole ? ['Console', `${url('registry')}/`] : ['Registry API', `${url('registry')}/openapi.json`],
    ['Serving', `${url('serving-1')}  ${url('serving-2')}`],
    ...(grpc.length > 0 ? [['gRPC', grpc.join('  ')]] : []),
    ['Logs', shown(settings.paths.logs)],
    ['Access token', shown(settings.paths.token)],
  ].map(([name = '', where = '']) => `  ${pc.bold(name.padEnd(14))}${where}`);
  const tries = [
    ['what is live, and on which instance', `${home}npx ratchet status`],
    [
      'ask for a decision',
      `curl -s ${url('serving-1')}/v1/decide -H 'content-type: application/json' -d '{"task_id":"try-1","features":{"url":"https://forum.example.org/t/1"}}'`,
    ],
    ['train again and see the verdict', `${home}npx ratchet retrain --wait`],
    ['go one version back', `${home}npx ratchet rollback --reason "trying it out"`],
    ['import your own logs', `${home}npx ratchet import automation_logs.jsonl`],
  ].flatMap(([what = '', command = '']) => [`  ${pc.dim(`# ${what}`)}`, `  ${command}`]);
  return [
    '',
    pc.bold(pc.green(`Ratchet is up (${elapsed}).`)),
    '',
    ...look,
    '',
    ...(live !== null
      ? [`${live} is live, as it was when this was stopped.`, '']
      : settings.sampleEngine
        ? ['The sample engine sends outcomes; v1.0.0 is trained and goes live by itself within about a minute.', '']
        : []),
    'Try, in another terminal:',
    ...tries,
    '',
    `Ctrl-C stops everything and keeps the data; ${pc.bold('npm run reset')} deletes it.`,
  ].join('\n');
}
