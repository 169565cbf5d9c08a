import { mkdirSync } from 'node:fs';
import { inspect } from 'node:util';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { migrate } from '#database/data-source';
import { createKafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { makePrivate } from '#platform/private-folder';
import { fetchArtifacts, hasArtifacts } from './fetch/artifacts.js';
import { freePort, isBusy } from './ports.js';
import { postGuardian } from './processes/guardian.js';
import { lockHome } from './processes/home-lock.js';
import { Ledger, stopRecorded } from './processes/ledger.js';
import { Supervisor } from './processes/supervisor.js';
import { kafkaProgram, postgresProgram } from './stack/infrastructure.js';
import { javaProblem, mavenProblem, versionOutput } from './stack/requirements.js';
import { sampleEngineProgram } from './stack/sample-engine.js';
import { secretIn } from './stack/secrets.js';
import { serviceProgram } from './stack/services.js';
import { busyPortMessage, type StartSettings, startSettings, wantedPorts } from './stack/settings.js';
import { writeStackFile } from './stack/stack-file.js';
import { Steps } from './stack/steps.js';
import { describeReport, HELP, welcome } from './stack/words.js';

function checkPrograms(settings: StartSettings): void {
  const java = 'port' in settings.kafka ? javaProblem(versionOutput('java', '-version')) : null;
  const maven = hasArtifacts(settings.home) ? null : mavenProblem(versionOutput('mvn', '-version'));
  const problems = [java, maven].filter((problem) => problem !== null);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function checkPorts(settings: StartSettings): Promise<void> {
  const problems: string[] = [];
  for (const wanted of wantedPorts(settings))
    if (await isBusy(wanted.port)) problems.push(busyPortMessage(wanted, await freePort()));
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function bringUp(settings: StartSettings, steps: Steps, supervisor: Supervisor): Promise<void> {
  const { home, paths } = settings;
  const ledger = new Ledger(paths.ledger);
  if (!hasArtifacts(home)) {
    await steps.step('Fetching Kafka and the native libraries with Maven', (note) =>
      fetchArtifacts(home, ({ files, last }) => note(`${files} files, ${last}`)),
    );
    // Jars come with the modes that they have in Maven's cache, and libraries may be executed by everybody.
    makePrivate(home);
  }
  secretIn(paths.token);

  let brokers = 'brokers' in settings.kafka ? settings.kafka.brokers : '';
  let databaseUrl = 'url' in settings.postgres ? settings.postgres.url : '';
  const infrastructure = { home, ledger };
  const { kafka, postgres } = settings;
  await Promise.all([
    'port' in kafka &&
      steps.step(`Starting Kafka on port ${kafka.port}`, () =>
        supervisor.start(kafkaProgram(infrastructure, kafka.port, (running) => (brokers = running.brokers))),
      ),
    'port' in postgres &&
      steps.step(`Starting Postgres on port ${postgres.port}`, () =>
        supervisor.start(postgresProgram(infrastructure, postgres.port, (running) => (databaseUrl = running.url))),
      ),
  ]);

  await steps.step('Applying topics and migrations', async () => {
    const config = { KAFKA_TLS: false, ...process.env, KAFKA_BROKERS: brokers.split(',') };
    await applyTopics(createKafka(config, 'ratchet-start', createLogger('start', 'silent')));
    await migrate(databaseUrl);
  });

  const parts = { home, brokers, databaseUrl, ledger };
  const address = (name: string): string => {
    const service = settings.services.find((candidate) => candidate.name === name);
    return `http://127.0.0.1:${service?.port}`;
  };
  const serving = [address('serving-1'), address('serving-2')];
  await writeStackFile(home, {
    registry: address('registry'),
    feedback_ingest: address('feedback-ingest'),
    trainer: address('trainer'),
    evaluator: address('evaluator'),
    serving,
    kafka_brokers: brokers,
    ...(process.env.KAFKA_TOPIC_PREFIX ? { kafka_topic_prefix: process.env.KAFKA_TOPIC_PREFIX } : {}),
    database_url: databaseUrl,
  });
  await steps.step('Starting the five services, serving twice', async (note) => {
    const services = settings.services.filter(({ runs }) => runs);
    const missing = new Set(services.map(({ name }) => name));
    await Promise.all(
      services.map(async (service) => {
        await supervisor.start(
          serviceProgram(parts, service, service.grpc ? { GRPC_PORT: String(service.grpc.port) } : {}),
        );
        missing.delete(service.name);
        note(`waiting for ${[...missing].join(', ')}`);
      }),
    );
  });
  if (settings.sampleEngine) {
    const { flags } = settings.sampleEngine;
    await steps.step('Starting the sample engine', () => supervisor.start(sampleEngineProgram(parts, serving, flags)));
  }
}

/** What an earlier start has left live; null where nothing is, or the registry was left out. */
async function liveVersion({ services, paths }: StartSettings): Promise<string | null> {
  const port = services.find(({ name, runs }) => name === 'registry' && runs)?.port;
  if (port === undefined) return null;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models/${DEFAULT_MODEL}`, {
      headers: { authorization: `Bearer ${secretIn(paths.token)}` },
    });
    return ModelStatus.parse(await answer.json()).live?.version ?? null;
  } catch {
    return null;
  }
}

/** Resolves when the person, the system or a vanished `npm start` asks to stop. */
function askedToStop(): Promise<string> {
  return new Promise((resolve) => {
    // Ctrl-C arrives here and, through npm, a second time; the first one counts.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    if (process.env.npm_lifecycle_event !== 'start') return;
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) resolve('npm is gone');
    }, 1000).unref();
  });
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = askedToStop();
  const steps = new Steps();
  const settings = startSettings(process.env, process.argv.slice(2));
  checkPrograms(settings);
  // Tokens, passwords, events and models: whatever this and its children write is for its owner only.
  process.umask(0o077);
  mkdirSync(settings.home, { recursive: true });
  makePrivate(settings.home);
  const unlock = lockHome(settings.home, settings.paths.lock);
  const supervisor = new Supervisor((report) => steps.say(describeReport(report, settings.paths.logs)));
  let dismissGuardian = async (): Promise<void> => undefined;
  try {
    const left = await stopRecorded(settings.paths.ledger);
    if (left.length > 0) steps.say(`Stopped what an unclean end had left running: ${left.join(', ')}.`);
    await checkPorts(settings);
    dismissGuardian = postGuardian(settings.paths.ledger);
    const up = bringUp(settings, steps, supervisor);
    const asked = await Promise.race([stop, up.then(() => null)]);
    if (asked === null) {
      steps.say(welcome(settings, steps.elapsed(), await liveVersion(settings)));
      await stop;
    }
    // What is still starting ends with an error then, which is not one.
    up.catch(() => undefined);
    steps.say('');
    await steps.step('Stopping everything', () => supervisor.stop());
    return 0;
  } finally {
    await supervisor.stop();
    await dismissGuardian();
    unlock();
  }
}

try {
  process.exit(await main());
} catch (error) {
  // Messages say what to do; a stack only helps when the fault is in this program.
  const ours = error instanceof TypeError || error instanceof RangeError || !(error instanceof Error);
  process.stderr.write(`\n${error instanceof Error && !ours ? error.message : inspect(error)}\n`);
  process.exit(1);
}
