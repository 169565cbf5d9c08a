import { z } from 'zod';
import { defineCommand, modelOption, modelShape, type Session } from '../../cli.js';
import type { Finding } from '../../doctor/finding.js';
import { lastingFindings } from '../../doctor/second-look.js';
import { checkService, type ServiceAddress } from '../../doctor/services.js';
import { EXIT } from '../../failure.js';
import { plural } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';

function services(session: Session): ServiceAddress[] {
  const { registry, ingest, stack } = session.settings;
  return [
    { name: 'registry', url: registry.url },
    { name: 'feedback-ingest', url: ingest.url },
    { name: 'trainer', url: stack?.trainer ?? null },
    { name: 'evaluator', url: stack?.evaluator ?? null },
    ...(stack?.serving ?? []).map((url, i) => ({ name: `serving-${i + 1}`, url })),
  ];
}

/** Whether the registry answers is looked at by itself; what else can be said does not wait for it. */
const ANSWER_MS = 10_000;

/** Libraries of Kafka, PostgreSQL and the stores are loaded here only: every other command starts without them. */
async function examine(session: Session, model: string): Promise<Finding[]> {
  const [machine, definitions, native, kafka, database, artifacts, registry] = await Promise.all([
    import('../../doctor/machine.js'),
    import('../../doctor/definitions.js'),
    import('../../doctor/native.js'),
    import('../../doctor/kafka.js'),
    import('../../doctor/database.js'),
    import('../../doctor/artifacts.js'),
    import('../../doctor/registry.js'),
  ]);
  const { env, settings, release } = session;
  const live = await session.registry.call('getModel', { params: { model } }, AbortSignal.timeout(ANSWER_MS)).then(
    (status) => status.live?.digest ?? null,
    () => null,
  );
  const found = await Promise.all([
    machine.checkMachine(settings),
    definitions.checkDefinitions(env),
    native.checkNativeLibraries(env, settings),
    kafka.checkKafka(env, settings.stack ?? {}),
    database.checkDatabase(env, settings.stack?.database_url),
    artifacts.checkArtifacts(env, settings, live),
    ...services(session).map((service) => lastingFindings(async () => [await checkService(service, release)])),
    registry.checkRegistry(session, model, release),
  ]);
  return found.flat();
}

const MARKS = { ok: '✔', warning: '!', failed: '✘', skipped: '-' } as const;

function lines(findings: readonly Finding[], colors: Colors): string[] {
  const tone = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim };
  const width = Math.max(...findings.map((f) => f.check.length));
  const count = (state: Finding['state']): number => findings.filter((f) => f.state === state).length;
  return [
    ...findings.flatMap((f) => [
      `${tone[f.state](MARKS[f.state])} ${f.check.padEnd(width)}  ${f.detail}`,
      ...(f.next === null || f.state === 'ok' ? [] : [`${' '.repeat(width + 4)}→ ${f.next}`]),
    ]),
    '',
    `${count('ok')} ok, ${plural(count('warning'), 'warning')}, ${count('failed')} failed, ${count('skipped')} not looked at`,
  ];
}

export const doctor = defineCommand({
  usage: 'doctor',
  summary: 'Examine the installation and say what is wrong',
  description:
    'Looks at this machine, the model definitions and the libraries they train with, the brokers and topics, the database and its migrations, the artifact store, every service, the token, releases, clocks, what the instances serve, and the audit log. Uses KAFKA_BROKERS, DATABASE_URL and ARTIFACTS_URL, or what npm start wrote down. Exits 1 if anything failed.',
  options: [modelOption()],
  schema: z.object(modelShape),
  examples: ['ratchet doctor', 'ratchet doctor --json | jq \'.[] | select(.state == "failed")\''],
  async run(session, { model }) {
    const findings = await examine(session, model);
    if (findings.some((f) => f.state === 'failed')) session.endWith(EXIT.failed);
    session.screen.result(findings, (colors) => lines(findings, colors));
  },
});
