import type { RegistryConfig } from '../config.js';
import { alertmanagerAlert, type Notice, webhookBody } from './notice.js';

/** Somebody who is told of alerts. */
export interface AlertTarget {
  /** Names it in the table of deliveries. */
  readonly name: 'webhook' | 'alertmanager';
  /** Tells an open alert again after this long; null for never. */
  readonly again_seconds: number | null;
  /** Throws, with the reason, when the news did not arrive. */
  send(notice: Notice): Promise<void>;
}

const PATIENCE_MS = 5_000;
const AGAIN_SECONDS = 60;

type AlertEnv = Pick<RegistryConfig, 'ALERT_WEBHOOK_URL' | 'ALERT_WEBHOOK_TOKEN' | 'ALERTMANAGER_URL' | 'RUNBOOKS_URL'>;

/** Those that are configured. */
export function alertTargets(config: AlertEnv): AlertTarget[] {
  const { ALERT_WEBHOOK_URL: webhook, ALERTMANAGER_URL: alertmanager, RUNBOOKS_URL: runbooks } = config;
  const targets: AlertTarget[] = [];
  if (webhook !== undefined)
    targets.push({
      name: 'webhook',
      again_seconds: null,
      send: (notice) => {
        const body = webhookBody(notice, runbooks);
        const token = config.ALERT_WEBHOOK_TOKEN;
        const headers = {
          'idempotency-key': body.id,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        return post(webhook, body, headers);
      },
    });
  if (alertmanager !== undefined)
    targets.push({
      name: 'alertmanager',
      again_seconds: AGAIN_SECONDS,
      send: (notice) =>
        post(`${alertmanager.replace(/\/+$/, '')}/api/v2/alerts`, [alertmanagerAlert(notice, runbooks, new Date())]),
    });
  return targets;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`answered ${response.status}: ${answer.slice(0, 200)}`);
}
