import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Connection, requestBytes } from '../load/connection.js';
import { LatencyHistogram } from '../load/histogram.js';

/** What the parent says: whom to ask, that an instance has acknowledged a generation, or that it is over. */
export type ClientOrder =
  | { readonly kind: 'start'; readonly ports: readonly number[]; readonly perSecond: number; readonly each: number }
  | { readonly kind: 'acknowledged'; readonly instance: number; readonly generation: number }
  | { readonly kind: 'stop' };

export interface ClientReport {
  readonly requests: number;
  readonly failures: readonly string[];
  /** Answers by an older generation than the instance had acknowledged before the request was sent. */
  readonly outdated: number;
  readonly versions: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

const Answer = z.object({ model_version: z.string(), generation: z.int() });

const acknowledged: number[] = [];
const histogram = new LatencyHistogram();
const failures: string[] = [];
const versions: Record<string, number> = {};
let outdated = 0;
let going = true;

async function ask(port: number, instance: number, intervalMs: number): Promise<void> {
  const connection = await Connection.open('127.0.0.1', port);
  for (let task = 0; going; task++) {
    const sent = performance.now();
    const since = acknowledged[instance] ?? 0;
    const body = JSON.stringify({ task_id: task, site: { da: task % 100 } });
    try {
      const { status, body: text } = await connection.request(requestBytes('bench', '/v1/decide', body));
      if (status !== 200) throw new Error(`status ${status}: ${text.toString()}`);
      const { generation, model_version } = Answer.parse(JSON.parse(text.toString()));
      versions[model_version] = (versions[model_version] ?? 0) + 1;
      if (generation < since) outdated++;
      histogram.add(performance.now() - sent);
    } catch (error) {
      failures.push(String(error));
      break;
    }
    await pause(Math.max(0, intervalMs - (performance.now() - sent)));
  }
  connection.close();
}

let running: Promise<unknown> = Promise.resolve();
process.on('message', (order: ClientOrder) => {
  if (order.kind === 'acknowledged') acknowledged[order.instance] = order.generation;
  else if (order.kind === 'start') {
    const { ports, each, perSecond } = order;
    const clients = ports.flatMap((port, i) => Array.from({ length: each }, () => ask(port, i, 1000 / perSecond)));
    running = Promise.all(clients);
  } else {
    going = false;
    void running.then(() => {
      const { count: requests } = histogram;
      const [p50, p99] = [histogram.quantile(0.5), histogram.quantile(0.99)];
      process.send?.({ requests, failures, outdated, versions, p50, p99 } satisfies ClientReport);
    });
  }
});
process.on('disconnect', () => process.exit(0));
