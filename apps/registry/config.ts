import { resolve } from 'node:path';
import { z } from 'zod';
import { artifactsEnv, databaseEnv, homeEnv, httpEnv, kafkaEnv } from '#platform/config';

const seconds = (fallback: number) =>
  z.coerce.number('expected a number of seconds').positive('expected a number of seconds').default(fallback);

const Variables = z.object({
  ...httpEnv(7400),
  ...kafkaEnv,
  ...databaseEnv,
  ...artifactsEnv,
  ...homeEnv,
  /** An administrator's token, instead of the one in RATCHET_HOME/token. */
  RATCHET_ADMIN_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  /** An instance that has not acknowledged for this long has failed the deployment. */
  ACKNOWLEDGEMENT_DEADLINE_SECONDS: seconds(30),
  /** The built console, served at `/`. */
  CONSOLE_DIR: z
    .string()
    .min(1)
    .default('dist/apps/console')
    .transform((path) => resolve(path)),
  /** Where feedback-ingest is; if unset, what `npm start` wrote into RATCHET_HOME, else the default port. */
  RATCHET_INGEST_URL: z.url('expected an address like http://127.0.0.1:7420').optional(),
  /** An instance whose last heartbeat is older is not there. */
  PRESENCE_SECONDS: seconds(10),
  /** How often a running canary is looked at. */
  CANARY_CHECK_SECONDS: seconds(2),
  /** How often old versions are looked for. */
  RETENTION_INTERVAL_SECONDS: seconds(300),
  /** A second artifact store; what was live before a deployment is copied there. */
  BACKUP_ARTIFACTS_URL: artifactsEnv.ARTIFACTS_URL.optional(),
  /** Told of every alert, when it opens and when it is over. */
  ALERT_WEBHOOK_URL: z.url('expected an address like https://chat.example.org/hooks/ratchet').optional(),
  /** Sent to the webhook as a bearer token. */
  ALERT_WEBHOOK_TOKEN: z.string().min(1).optional(),
  /** The same alerts, for an Alertmanager. */
  ALERTMANAGER_URL: z.url('expected an address like http://alertmanager:9093').optional(),
  /** The incoming webhook of a Slack channel. */
  ALERT_SLACK_URL: z.url('expected an address like https://hooks.slack.com/services/…').optional(),
  /** The webhook of a Microsoft Teams workflow. */
  ALERT_TEAMS_URL: z.url('expected the address that the workflow of the Teams channel shows').optional(),
  /** The server that sends mail, with user and password if it wants them. */
  ALERT_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'expected smtp://user:password@mail.example.org:587 or smtps://…:465' })
    .optional(),
  /** Whom alerts are from. */
  ALERT_MAIL_FROM: z.string().regex(/@/, 'expected an address like ratchet@example.org').optional(),
  /** Whom they go to, separated by commas. */
  ALERT_MAIL_TO: z
    .string()
    .transform((list) => list.split(',').map((address) => address.trim()))
    .refine(
      (list) => list.every((address) => /^[^\s@]+@[^\s@]+$/.test(address)),
      'expected addresses like ops@example.org, separated by commas',
    )
    .optional(),
  /** Where people open the console; what is told of alerts links there. */
  CONSOLE_URL: z
    .url('expected an address like https://ratchet.example.org')
    .transform((url) => `${url.replace(/\/+$/, '')}/`)
    .optional(),
  /** What a runbook's file name is appended to in alerts. */
  RUNBOOKS_URL: z
    .string()
    .default('docs/operations/')
    .transform((url) => `${url.replace(/\/+$/, '')}/`),
});

/** What e-mail needs beside the server, of which the first that is missing is named. */
const missingOfMail = ({ ALERT_SMTP_URL, ALERT_MAIL_FROM, ALERT_MAIL_TO }: z.infer<typeof Variables>) =>
  ALERT_SMTP_URL === undefined
    ? undefined
    : ALERT_MAIL_FROM === undefined
      ? 'ALERT_MAIL_FROM'
      : ALERT_MAIL_TO === undefined
        ? 'ALERT_MAIL_TO'
        : undefined;

export const RegistryConfig = Variables.superRefine((config, { addIssue }) => {
  const name = missingOfMail(config);
  if (name !== undefined)
    addIssue({ code: 'custom', path: [name], message: 'expected an address, which ALERT_SMTP_URL needs to send mail' });
});
export type RegistryConfig = z.infer<typeof RegistryConfig>;

export const REGISTRY_CONFIG = Symbol('REGISTRY_CONFIG');
