import { request } from 'undici';
import { z } from 'zod';
import { plural } from '../output/quantities.js';
import { type Finding, failed, ok, reasonOf, skipped, warning } from './finding.js';

const Readiness = z.looseObject({
  status: z.string(),
  release: z.string().optional(),
  consumers: z.array(z.looseObject({ consumer: z.string(), lag: z.number().nullable().optional() })).default([]),
  checks: z.array(z.looseObject({ name: z.string(), status: z.string(), reason: z.string().optional() })).default([]),
});

export interface ServiceAddress {
  readonly name: string;
  /** Null where nobody told where it is. */
  readonly url: string | null;
}

/** Whether a service answers, is ready (else which of its own checks fails and why), and is of our release. */
export async function checkService({ name, url }: ServiceAddress, ours: string): Promise<Finding> {
  const check = `service ${name}`;
  if (url === null)
    return skipped(check, 'Its address is not known here.', 'npm start writes it into RATCHET_HOME/stack.json.');
  try {
    const { statusCode, body } = await request(`${url}/health/ready`, { headersTimeout: 5_000, bodyTimeout: 5_000 });
    const readiness = Readiness.safeParse(await body.json().catch(() => null));
    if (statusCode === 200 && readiness.success) {
      const { release = ours } = readiness.data;
      return release === ours
        ? ok(check, `Ready at ${url}${behind(readiness.data.consumers)}.`)
        : warning(
            check,
            `Ready at ${url}, but of release ${release}; this command is ${ours}.`,
            'Run one release everywhere: replace what is older.',
          );
    }
    if (!readiness.success)
      return failed(
        check,
        `Something else answers at ${url} (status ${statusCode}).`,
        `Is another program on this port? Then give ${name} another one.`,
      );
    const reasons = readiness.data.checks
      .filter((c) => c.status !== 'up')
      .map((c) => `${c.name}: ${c.reason ?? 'no reason given'}`);
    return failed(check, `Not ready at ${url}: ${reasons.join('; ')}.`, `See the log of ${name}.`);
  } catch (error) {
    return failed(
      check,
      `Does not answer at ${url} (${reasonOf(error)}).`,
      `Is ${name} running? See its log in RATCHET_HOME/logs, or start everything with npm start.`,
    );
  }
}

/** How far its consumers are behind Kafka, where they are. */
const behind = (consumers: z.infer<typeof Readiness>['consumers']): string =>
  consumers
    .filter(({ lag }) => (lag ?? 0) > 0)
    .map(({ consumer, lag }) => `; ${consumer} is ${plural(lag ?? 0, 'message')} behind`)
    .join('');
