import { request } from 'undici';
import { z } from 'zod';
import { describeAlert } from '#contracts/alerts';
import { ratchet } from '#contracts/command-line';
import type { ModelStatus } from '#contracts/http/models';
import type { Session } from '../cli.js';
import { Failure } from '../failure.js';
import { when, zoneName } from '../output/quantities.js';
import { assessClock } from './clock.js';
import { type Finding, failed, ok, reasonOf, skipped, warning } from './finding.js';
import { lastingFindings } from './second-look.js';

/** As every other command shows a time. */
const time = (at: string): string => `${when(at)} ${zoneName()}`;

/** An instance that has not reported for this long is gone. */
const SILENT_MS = 60_000;

/** Whether everybody serves what should be served. */
export function assessServing(status: ModelStatus, now: Date): Finding[] {
  const check = `model ${status.model}`;
  const findings: Finding[] = [];
  if (!status.live)
    findings.push(
      warning(
        check,
        `No version is live; the dataset has ${status.dataset_rows} rows.`,
        `Train one: ${ratchet('retrain', status.model, '--wait')}`,
      ),
    );
  else findings.push(ok(check, `${status.live.version} is live, generation ${status.generation}.`));
  if (status.instances.length === 0)
    findings.push(
      failed('instances', 'No serving instance has reported.', 'Is serving running, and on the same Kafka?'),
    );
  if (status.deaf_since)
    findings.push(
      failed(
        'registry',
        `Hears nothing from Kafka since ${time(status.deaf_since)}: what it says of instances is from then, and what is decided reaches nobody.`,
        'Bring the brokers back: two of three take writes. Nothing else is to be done, it goes on by itself.',
      ),
    );
  for (const { instance, last_seen } of status.missing ?? [])
    findings.push(
      warning(
        `instance ${instance}`,
        `Fell silent at ${time(last_seen)} without taking leave: it was killed, or stands still.`,
        'See its log, or restart it. If it was removed for good, nothing needs to be done: it is forgotten after an hour.',
      ),
    );
  // What it cannot hear of says nothing about them.
  for (const instance of status.deaf_since ? [] : status.instances) {
    const silentFor = now.getTime() - Date.parse(instance.last_seen);
    const name = `instance ${instance.instance}`;
    if (silentFor > SILENT_MS)
      findings.push(
        warning(
          name,
          `Has not reported for ${Math.round(silentFor / 1000)} s.`,
          'Is it running? If it was removed for good, nothing needs to be done.',
        ),
      );
    else if (instance.deaf_since)
      findings.push(
        failed(
          name,
          `Sends to Kafka and hears nothing from it since ${time(instance.deaf_since)}: it serves ${instance.version ?? 'nothing'} and cannot follow.`,
          'It makes its consumer anew by itself and is restarted if that does not help; see its log, or restart it.',
        ),
      );
    else if (instance.standing === 'ahead')
      findings.push(
        failed(
          name,
          `Serves generation ${instance.generation} (${instance.version ?? 'nothing'}), which this registry never gave out; it is at ${status.generation}.`,
          `The database was restored from an older backup, or another registry writes to this Kafka: ${ratchet('reconcile list', status.model)}`,
        ),
      );
    else if (instance.standing === 'other-history')
      findings.push(
        failed(
          name,
          `Serves generation ${instance.generation} (${instance.version ?? 'nothing'}) of a history that this registry has left.`,
          `It follows within seconds; if not, see its log. What became of that history: ${ratchet('reconcile list', status.model)}`,
        ),
      );
    else if (instance.standing === 'idle')
      findings.push(
        failed(
          name,
          `Has heard of no version, though ${status.live?.version ?? 'one'} is live: its topics are empty.`,
          'The registry publishes it again within a minute. If it does not, do both use the same Kafka?',
        ),
      );
    else if (instance.unready)
      findings.push(failed(name, `Is not ready: ${instance.unready}.`, 'See its log and its /health/ready.'));
    else if (instance.generation !== status.generation)
      findings.push(
        failed(
          name,
          `Serves generation ${instance.generation} (${instance.version ?? 'nothing'}), the registry wants ${status.generation}.`,
          'See its log: can it read the artifact store and Kafka?',
        ),
      );
    else findings.push(ok(name, `Serves ${instance.version ?? 'nothing'}, generation ${instance.generation}.`));
  }
  for (const alert of status.alerts.filter((a) => a.resolved_at === null))
    findings.push(
      warning(
        `alert ${alert.alert}`,
        `Since ${time(alert.since)}: ${alert.detail}`,
        `${describeAlert(alert.alert).help.words}: ${describeAlert(alert.alert).help.command(status.model)}`,
      ),
    );
  if (status.last_run?.state === 'failed')
    findings.push(
      warning(
        'last training',
        `Failed at ${status.last_run.stage}: ${status.last_run.failure ?? ''}`,
        status.last_run.remedy ?? `See ${ratchet('runs', status.model)}`,
      ),
    );
  return findings;
}

export function assessRelease(ours: string, theirs: string): Finding {
  return ours === theirs
    ? ok('release', `Command line and registry are both ${ours}.`)
    : warning(
        'release',
        `This command is ${ours}, the registry ${theirs}.`,
        'Build and start the same release: npm start.',
      );
}

/** A registry that stands still takes connections, and answers nothing. */
const ANSWER_MS = 5_000;

const Info = z.looseObject({ info: z.looseObject({ version: z.string() }) });

async function checkRelease(session: Session, release: string): Promise<Finding[]> {
  const from = new Date();
  const { statusCode, headers, body } = await request(`${session.settings.registry.url}/openapi.json`, {
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
  });
  const to = new Date();
  const document = Info.safeParse(await body.json().catch(() => null));
  const date = new Date(String(headers.date ?? ''));
  return [
    ...(Number.isNaN(date.getTime()) ? [] : [assessClock('the registry', date, { from, to })]),
    statusCode === 200 && document.success
      ? assessRelease(release, document.data.info.version)
      : skipped('release', 'The registry does not publish /openapi.json.', 'Update the registry.'),
  ];
}

/** Everything that can be asked over the registry's own API. Nothing if it cannot be reached: that is another finding. */
export async function checkRegistry(session: Session, model: string, release: string): Promise<Finding[]> {
  const { registry } = session;
  const findings: Finding[] = [];
  try {
    findings.push(...(await checkRelease(session, release)));
    const who = await registry.call('whoAmI');
    findings.push(ok('token', `Belongs to ${who.name}, role ${who.role}.`));
    findings.push(
      ...(await lastingFindings(async () =>
        assessServing(await registry.call('getModel', { params: { model } }), new Date()),
      )),
    );
    const audit = await registry.call('verifyAudit');
    findings.push(
      audit.intact
        ? ok('audit log', `${audit.records} records, intact.`)
        : failed(
            'audit log',
            `Broken at record ${audit.broken_at}: ${audit.detail}`,
            'Somebody changed it in the database: compare with a backup.',
          ),
    );
  } catch (error) {
    if (!(error instanceof Failure))
      findings.push(failed('registry', reasonOf(error), 'Is the registry running? npm start'));
    else if (error.details.status === 404)
      findings.push(failed(`model ${model}`, error.message, `See which there are: ${ratchet('models list', null)}`));
    else if (error.details.status !== undefined)
      findings.push(
        failed(
          error.details.status === 401 ? 'token' : 'registry',
          error.message,
          error.next ?? 'See the log of the registry.',
        ),
      );
  }
  return findings;
}
