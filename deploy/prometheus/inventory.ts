import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Who exposes it: the folder of an app, or what the library's users have in common. */
  readonly exposedBy: string;
}

/** What the services that use a library file have in common. */
const LIBRARIES: Readonly<Record<string, string>> = {
  'libs/outbox/outbox-relay.ts': 'registry, trainer, evaluator, feedback-ingest',
  'libs/kafka/consume/consumer-health.ts': 'every service',
  'libs/kafka/consume/dispatcher.ts': 'every service',
  'libs/kafka/consume/kept-consumer.ts': 'every service',
  'libs/kafka/consume/parking.ts': 'every service',
  'libs/kafka/consume/partition-pauses.ts': 'every service',
  'libs/platform/loop/loop-metrics.ts': 'every service',
  'libs/platform/service.ts': 'registry, trainer, evaluator, feedback-ingest',
};

/** The text between `open`, just after an opening brace, and its closing one. */
function braced(source: string, open: number): string {
  let depth = 1;
  for (let i = open; i < source.length; i++) {
    const character = source[i];
    if (character === "'") i = source.indexOf("'", i + 1);
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return source.slice(open, i);
  }
  return source.slice(open);
}

const words = (list: string): string[] => [...list.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');

function metricsOf(source: string, path: string): Metric[] {
  const shared = words(/const labelNames = \[([^\]]*)\]/.exec(source)?.[1] ?? '');
  return [...source.matchAll(/new (Counter|Gauge|Histogram)(?:<[^>]*>)?\(\{/g)].map((match) => {
    const body = braced(source, match.index + match[0].length);
    const name = /\bname: '([^']+)'/.exec(body)?.[1];
    const help = /\bhelp:\s*'([^']+)'/.exec(body)?.[1] ?? /\bhelp:\s*"([^"]+)"/.exec(body)?.[1];
    if (name === undefined || help === undefined)
      throw new Error(`${path}: a metric has its name or help not written out as a string: ${body.slice(0, 80)}`);
    const own = /\blabelNames: \[([^\]]*)\]/.exec(body)?.[1];
    const labels = own !== undefined ? words(own) : /\blabelNames\b/.test(body) ? shared : [];
    const type = match[1] === 'Counter' ? 'counter' : match[1] === 'Gauge' ? 'gauge' : 'histogram';
    return { name, type, help, labels, exposedBy: LIBRARIES[path] ?? path.split('/')[1] ?? path };
  });
}

/** Every metric that the sources below `root` declare, by name. Throws where one cannot be read or is declared twice. */
export function metricInventory(root: string): Map<string, Metric> {
  const found = new Map<string, Metric>();
  const files = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.split(sep).includes('node_modules'))
      .map((name) => join(root, folder, name)),
  );
  for (const file of files.sort()) {
    const source = readFileSync(file, 'utf8');
    if (!source.includes("from 'prom-client'")) continue;
    for (const metric of metricsOf(source, relative(root, file).split(sep).join('/'))) {
      if (found.has(metric.name)) throw new Error(`${file}: ${metric.name} is declared a second time`);
      found.set(metric.name, metric);
    }
  }
  return found;
}

/** The series a metric gives: a histogram has three. */
export const seriesOf = ({ name, type }: Metric): string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];

/** Names of Ratchet's own series in an expression of PromQL. */
export const seriesIn = (expression: string): string[] => [
  ...new Set(expression.match(/\bratchet_[a-z0-9_]+\b/g) ?? []),
];
