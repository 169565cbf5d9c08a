import { type Asker, httpAsker } from './asker.js';
import { grpcAsker } from './grpc-asker.js';
import { LatencyHistogram } from './histogram.js';

/** Asks over `connections` connections, the next request as soon as the answer is there, for `seconds`. */
export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Prepared requests, base64; each connection goes through them in turn. */
  readonly requests: readonly string[];
  /** gRPC's name of the method that the requests are messages of; HTTP/1.1 if left out. */
  readonly grpcMethod?: string;
}

export interface LoadReport {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly counts: readonly number[];
}

async function ask(order: LoadOrder): Promise<LoadReport> {
  const requests = order.requests.map((request) => Buffer.from(request, 'base64'));
  const histogram = new LatencyHistogram();
  let failures = 0;
  const start = performance.now();
  const end = start + order.seconds * 1000;
  await Promise.all(
    Array.from({ length: order.connections }, async (_, client) => {
      const open = (): Promise<Asker> =>
        order.grpcMethod === undefined
          ? httpAsker(order.host, order.port)
          : grpcAsker(order.host, order.port, order.grpcMethod);
      let connection = await open();
      for (let i = client; performance.now() < end; i++) {
        const sent = performance.now();
        try {
          if (await connection.ask(requests[i % requests.length] ?? Buffer.alloc(0)))
            histogram.add(performance.now() - sent);
          else failures++;
        } catch {
          failures++;
          connection.close();
          connection = await open();
        }
      }
      connection.close();
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  return { requests: histogram.count, failures, seconds, counts: [...histogram.counts] };
}

// A process of its own, told what to do by its parent; see load.ts.
process.on('message', (order: LoadOrder) => {
  ask(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
