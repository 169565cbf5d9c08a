import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ModelDefinition } from '#contracts/model-definition';
import { locateLibrary } from '#models/native/locate';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { pythonWith } from '../conformance/python.js';
import { type Curve, Ours, WEEK } from './drift/ours.js';
import { sampleStream } from './drift/sample-stream.js';
import { readPlain, type Stream, type StreamRow } from './drift/stream.js';
import { type LearntRow, trainOn } from './drift/train.js';

const execute = promisify(execFile);
const ROWS = Number(process.env.DRIFT_ROWS ?? 20_000);
const ONSET = ROWS / 2;
const TEST = 3_000;
const SEED = Number(process.env.DRIFT_SEED ?? 7);
const RIVER = 'river==0.26.1';
/** Of the new world, and nothing else: what the live model is to come near to. */
const REFERENCE_ROWS = 2_500;
const NEAR = 0.03;
/** What the sliding window learns from. */
const WINDOW = 4_000;
const FOREST_EVERY = 500;
/** For trying things out: a part of the streams' names, and 0 to leave River's forest out, which takes most of the time. */
const only = process.env.DRIFT_ONLY ?? '';
const withForest = process.env.DRIFT_FOREST !== '0';

interface Row {
  readonly stream: string;
  readonly contestant: string;
  /** Rows from the onset until the accuracy is within three points of a model of the new world alone; null for never. */
  readonly outcomes_to_recover: number | null;
  readonly accuracy_after: number;
  readonly reference_accuracy: number;
  readonly [more: string]: unknown;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * How soon what is live is as good as a model of the new world, after a change that nobody tells of. Accuracy is that on rows of the
 * world as it is at the end. Beside us: River's adaptive random forest, retraining on everything once a week (4,000 rows), and on the
 * newest 4,000 rows.
 */
export async function run() {
  const python = await pythonWith([RIVER], 'venv-river');
  const library = locateLibrary('xgboost', { env: {}, home: DEFAULT_HOME });
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-drift-streams-'));
  const script = join(REPOSITORY, 'test/bench/drift/streams.py');
  try {
    await execute(python, [script, 'generate', folder, ...[ROWS, ONSET, TEST, SEED].map(String)]);
    const rows: Row[] = [];
    let falsePromotions = 0;
    for (const stream of streams(folder).filter(({ name }) => name.includes(only))) {
      say(stream.name);
      const logged = Array.from({ length: stream.rows }, (_, n): LearntRow => ({ number: n, ...stream.row(n, null) }));
      // Beside the others, on a core of its own.
      const forestCurve = stream.onset !== null && withForest ? forest(python, script, folder, stream, logged) : null;
      const ours = await new Ours(stream, library).run();
      falsePromotions += stream.onset === null ? ours.falsePromotions : 0;
      if (stream.onset === null) {
        rows.push({ ...scored(stream, 'ratchet', ours.curve, Number.NaN), ...ours, curve: undefined });
        continue;
      }
      const fresh = logged.slice(gradualEnd(stream), gradualEnd(stream) + REFERENCE_ROWS);
      const reference = (await trainOn(definitionAll(stream), fresh, [], library)).accuracy(stream.test);
      rows.push({
        ...scored(stream, 'ratchet', ours.curve, reference),
        alarms: ours.alarms,
        trainings: ours.trainings,
        detected_after: ours.detectedAt === null ? null : ours.detectedAt - stream.onset,
      });
      rows.push(scored(stream, 'everything, weekly', await weekly(stream, logged, null, library), reference));
      rows.push(scored(stream, 'sliding window', await weekly(stream, logged, WINDOW, library), reference));
      if (forestCurve) rows.push(scored(stream, 'adaptive random forest', await forestCurve, reference));
      for (const row of rows.filter((each) => each.stream === stream.name)) say(JSON.stringify(row));
    }
    return {
      name: 'drift',
      figures: figuresOf(rows, falsePromotions),
      rows,
      week: WEEK,
      reference_rows: REFERENCE_ROWS,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A gradual change is over 2,000 rows after it began. */
const gradualEnd = ({ name, onset }: Stream): number => (onset ?? 0) + (name.endsWith('gradual') ? 2_000 : 0);

const definitionAll = ({ definition }: Stream): ModelDefinition => ({ ...definition, training_window: 'all' });

function streams(folder: string): Stream[] {
  const plain = (name: string, onset: number | null): Stream => {
    const rows = readPlain(join(folder, `${name}.jsonl`));
    const test = readPlain(join(folder, `${name}.test.jsonl`));
    return {
      name,
      definition: definitionOf(rows),
      rows: rows.length,
      onset,
      row: (number) => {
        const row = rows[number];
        if (row === undefined) throw new RangeError(`${name} has no row ${number}`);
        return row;
      },
      test,
    };
  };
  const names = ['sea', 'agrawal', 'hyperplane'];
  const engine = join(REPOSITORY, 'deploy/models/backlink-outcome.yaml');
  return [
    sampleStream(engine, ROWS, ONSET, TEST, SEED),
    ...names.flatMap((name) => ['abrupt', 'gradual'].map((kind) => plain(`${name}-${kind}`, ONSET))),
    sampleStream(engine, ROWS, null, TEST, SEED),
    ...names.map((name) => plain(`${name}-steady`, null)),
  ];
}

/** What somebody would write who does not know where the rows come from. */
function definitionOf(rows: readonly StreamRow[]): ModelDefinition {
  return ModelDefinition.parse({
    name: 'stream',
    kind: 'multi-class',
    label: 'label',
    classes: ['0', '1'],
    features: Object.keys(rows[0]?.features ?? {}).map((name) => ({ name, kind: 'numeric' })),
    hyper_parameters: { rounds: 150, max_depth: 5, learning_rate: 0.1 },
    canary: { steps: [100] },
  });
}

function scored({ name, onset }: Stream, contestant: string, curve: Curve, reference: number): Row {
  const since = curve.filter(([rows]) => rows >= 0);
  const before = curve.filter(([rows]) => rows < 0).at(-1);
  const whole: Curve = [...(before ? [[0, before[1]] as const] : []), ...since];
  // From when on it never falls behind again.
  let recovered: number | null = null;
  for (const [rows, accuracy] of whole)
    if (accuracy < reference - NEAR) recovered = null;
    else recovered ??= rows;
  return {
    stream: name,
    contestant,
    outcomes_to_recover: onset === null ? null : recovered,
    accuracy_after: rounded(whole.at(-1)?.[1] ?? Number.NaN),
    reference_accuracy: rounded(reference),
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

async function weekly(
  stream: Stream,
  logged: readonly LearntRow[],
  window: number | null,
  library: string,
): Promise<Curve> {
  const curve: [number, number][] = [];
  for (let until = WEEK; until <= stream.rows; until += WEEK) {
    // Older models say nothing about what comes after the onset but that they are old.
    if (until + WEEK <= (stream.onset ?? 0)) continue;
    const rows = logged.slice(window === null ? 0 : Math.max(0, until - window), until);
    const model = await trainOn(definitionAll(stream), rows, [], library);
    curve.push([until - (stream.onset ?? 0), model.accuracy(stream.test)]);
  }
  return curve;
}

const Accuracies = z.array(z.tuple([z.number(), z.number()]));

async function forest(
  python: string,
  script: string,
  folder: string,
  stream: Stream,
  logged: readonly StreamRow[],
): Promise<Curve> {
  const file = join(folder, 'forest.jsonl');
  const test = join(folder, 'forest.test.jsonl');
  // What the others learn from, too: an address of its own in every row would be a category in every leaf.
  const learnt = new Set(stream.definition.features.map(({ name }) => name));
  const line = ({ features, label, action, success }: StreamRow) => {
    const known = Object.fromEntries(Object.entries(features).filter(([name]) => learnt.has(name)));
    return JSON.stringify({
      features: action === null ? known : { ...known, action },
      label: label ?? String(success),
    });
  };
  writeFileSync(file, logged.map(line).join('\n'));
  writeFileSync(test, stream.test.map(line).join('\n'));
  const { stdout } = await execute(python, [
    script,
    'forest',
    file,
    test,
    ...[stream.onset ?? 0, FOREST_EVERY, SEED].map(String),
  ]);
  return Accuracies.parse(JSON.parse(stdout));
}

function figuresOf(rows: readonly Row[], falsePromotions: number): Record<string, number> {
  const ours = rows.filter(
    ({ contestant, outcomes_to_recover }) => contestant === 'ratchet' && outcomes_to_recover !== undefined,
  );
  const changed = ours.filter(({ stream }) => !stream.endsWith('steady'));
  const others = (contestant: string) => rows.filter((row) => row.contestant === contestant);
  const ahead = (contestant: string) =>
    others(contestant).filter((other) => {
      const own = changed.find(({ stream }) => stream === other.stream);
      const soon = (row: Row | undefined) => row?.outcomes_to_recover ?? Number.POSITIVE_INFINITY;
      return soon(own) <= soon(other);
    }).length;
  const least = (contestant: string) =>
    Math.min(
      ...others(contestant).map(
        (other) => (changed.find(({ stream }) => stream === other.stream)?.accuracy_after ?? 0) - other.accuracy_after,
      ),
    );
  const figures = {
    outcomes_to_recover: Math.max(...changed.map((row) => row.outcomes_to_recover ?? Number.MAX_SAFE_INTEGER)),
    outcomes_to_recover_sample_engine:
      changed.find(({ stream }) => stream.startsWith('sample'))?.outcomes_to_recover ?? -1,
    streams: changed.length,
    sooner_than_everything_weekly: ahead('everything, weekly'),
    sooner_than_sliding_window: ahead('sliding window'),
    accuracy_after_minus_forest_min: rounded(least('adaptive random forest')),
    false_promotions_without_drift: falsePromotions,
  };
  // Of a part of the streams or of the contestants some say nothing.
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => Number.isFinite(figure)));
}
