import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from './generator.js';
import { LatencyHistogram } from './histogram.js';

export interface Load {
  /** Answered with 200. */
  readonly requests: number;
  readonly perSecond: number;
  readonly failures: number;
  readonly p50: number;
  readonly p99: number;
}

/** Runs the load generator in a process of its own, so that it costs the server nothing but its core. */
export async function load(order: LoadOrder): Promise<Load> {
  const child = fork(fileURLToPath(new URL('./generator.js', import.meta.url)), { execArgv: [] });
  try {
    const report = await new Promise<LoadReport>((resolve, reject) => {
      child.once('message', (message: LoadReport) => resolve(message));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the load generator exited with code ${code}`)));
      child.send(order);
    });
    const histogram = new LatencyHistogram(report.counts);
    return {
      requests: report.requests,
      perSecond: report.requests / report.seconds,
      failures: report.failures,
      p50: histogram.quantile(0.5),
      p99: histogram.quantile(0.99),
    };
  } finally {
    child.disconnect();
  }
}
