import { performance } from 'node:perf_hooks';
import { until } from '../../../deploy/local/until.js';

/** Rows a second between the first rows being seen and the last, however long the contender took to start. */
export async function rate(name: string, total: number, rowsSoFar: () => Promise<number>): Promise<number> {
  const deadlineMs = 600_000;
  const first = await until(`${name} to begin`, async () => (await rowsSoFar()) || null, { deadlineMs, everyMs: 20 });
  const begin = performance.now();
  await until(`${name} to end`, async () => (await rowsSoFar()) >= total, { deadlineMs, everyMs: 50 });
  return ((total - first) * 1000) / (performance.now() - begin);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
