import { samplePackage } from '../e2e/model-packages.js';
import { type Instance, ServingWorld } from '../e2e/serving-world.js';
import { requestBytes } from './load/connection.js';
import { load } from './load/load.js';

/**
 * Heap and resident memory of one serving process over millions of requests: nine in ten single-row infer requests, one
 * a decision whose prediction goes to Kafka. Connections are new every few seconds, as behind a load balancer.
 */
const TOTAL = Number(process.env.BENCH_REQUESTS ?? 5_000_000);
const SAMPLES = 10;
const SLICE_SECONDS = 4;
const CONNECTIONS = 16;
const MEBIBYTE = 2 ** 20;

const HEAP = 'nodejs_heap_size_used_bytes';
const RSS = 'process_resident_memory_bytes';
const EXTERNAL = 'nodejs_external_memory_bytes';
const DROPPED = 'ratchet_serving_prediction_log_dropped_total';
const PUBLISHED = 'ratchet_serving_prediction_log_published_total';

interface Sample {
  readonly requests: number;
  /** Lowest of many looks since the sample before: what is left after a collection. */
  readonly heap_mib: number;
  readonly external_mib: number;
  /** Lowest and highest of those looks: what stays, and what a busy moment takes. */
  readonly rss_mib: number;
  readonly rss_highest_mib: number;
  readonly per_second: number;
}

async function metrics({ url }: Instance): Promise<(name: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** Looks at the process's memory again and again until it is told to stop. */
function watch(instance: Instance) {
  let heap = Number.POSITIVE_INFINITY;
  let external = Number.POSITIVE_INFINITY;
  let rss = Number.POSITIVE_INFINITY;
  let rssHighest = 0;
  let stopped = false;
  const looking = (async () => {
    do {
      const value = await metrics(instance);
      heap = Math.min(heap, value(HEAP));
      external = Math.min(external, value(EXTERNAL));
      rss = Math.min(rss, value(RSS));
      rssHighest = Math.max(rssHighest, value(RSS));
      await new Promise((resolve) => setTimeout(resolve, 200));
    } while (!stopped);
  })();
  return async (): Promise<Omit<Sample, 'requests' | 'per_second'>> => {
    stopped = true;
    await looking;
    return { heap_mib: mib(heap), external_mib: mib(external), rss_mib: mib(rss), rss_highest_mib: mib(rssHighest) };
  };
}

const mib = (bytes: number): number => Math.round((bytes / MEBIBYTE) * 10) / 10;

function requests(): string[] {
  const infer = { inputs: [{ name: 'input', shape: [1, 3], datatype: 'FP32', data: [10, 1, 0] }] };
  return Array.from({ length: 200 }, (_, i) => {
    const site = { url: `https://forum.example.org/t/${i}`, da: i % 100 };
    const bytes =
      i % 10 === 0
        ? requestBytes('bench', '/v1/decide', JSON.stringify({ task_id: i, site }))
        : requestBytes('bench', '/v2/models/backlink-outcome/infer', JSON.stringify(infer));
    return bytes.toString('base64');
  });
}

async function sample(instance: Instance, orders: readonly string[], upTo: number, from: number) {
  const stop = watch(instance);
  const port = Number(new URL(instance.url).port);
  const started = performance.now();
  let done = from;
  while (done < upTo) {
    const result = await load({
      host: '127.0.0.1',
      port,
      connections: CONNECTIONS,
      seconds: SLICE_SECONDS,
      requests: orders,
    });
    if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
    done += result.requests;
  }
  const perSecond = (done - from) / ((performance.now() - started) / 1000);
  return { requests: done, ...(await stop()), per_second: Math.round(perSecond) };
}

export async function run() {
  const world = await ServingWorld.start({ listen: [] });
  try {
    const instance = await world.serve('memory', { LOG_LEVEL: 'info' });
    const ref = await world.version('v1.0.0', samplePackage({ odds: [1, -1], padding: 200 }));
    await world.want('promote', { live: ref });
    await world.answers(instance);
    const orders = requests();
    const samples: Sample[] = [];
    for (let i = 1; i <= SAMPLES; i++)
      samples.push(await sample(instance, orders, (TOTAL / SAMPLES) * i, samples.at(-1)?.requests ?? 0));
    const value = await metrics(instance);
    const [, second] = samples;
    const last = samples.at(-1);
    if (!second || !last) throw new Error('there are too few samples');
    return {
      name: 'serving-memory',
      description: 'growth is from the second sample to the last; heap and RSS are the lowest since the sample before',
      samples,
      figures: {
        requests: last.requests,
        per_second: Math.round(samples.reduce((sum, s) => sum + s.per_second, 0) / samples.length),
        heap_mib_second: second.heap_mib,
        heap_mib_last: last.heap_mib,
        heap_growth_mib: mib((last.heap_mib - second.heap_mib) * MEBIBYTE),
        rss_mib_second: second.rss_mib,
        rss_mib_last: last.rss_mib,
        rss_highest_mib: Math.max(...samples.map((s) => s.rss_highest_mib)),
        rss_growth_mib: mib((last.rss_mib - second.rss_mib) * MEBIBYTE),
        external_growth_mib: mib((last.external_mib - second.external_mib) * MEBIBYTE),
        predictions_published: value(PUBLISHED),
        predictions_dropped: value(DROPPED),
      },
    };
  } finally {
    await world.stop();
  }
}
