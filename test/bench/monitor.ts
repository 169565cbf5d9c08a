import { type AccuracyReference, type DropState, observe, startWatch } from '#domain/monitoring/accuracy-drop';
import { type Random, seededRandom } from '#domain/statistics/random';

/** How often the accuracy-drop detector cries wolf, and how soon it finds a drop; looked at after every outcome. */
const STREAMS = 2_000;
const OUTCOMES = 10_000;
const LATE = 5_000;
const TOLERATED = 0.05;
const REFERENCES = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const MEASURED_ROWS = [300, 1_000, 3_000];
const AT = '2026-01-01T00:00:00.000Z';

interface Stream {
  readonly reference: AccuracyReference;
  /** True accuracy of the n-th outcome. */
  readonly accuracy: (n: number) => number;
  readonly most: number;
}

/** Outcomes until the alarm; Infinity if there is none. */
function alarmAfter({ reference, accuracy, most }: Stream, random: Random): number {
  let state: DropState = startWatch();
  for (let n = 0; n < most; n++) {
    state = observe(state, { correct: random() < accuracy(n), at: AT }, reference, TOLERATED);
    if (state.alarmed) return n + 1;
  }
  return Number.POSITIVE_INFINITY;
}

const known = (accuracy: number): AccuracyReference => ({ accuracy, rows: Number.POSITIVE_INFINITY });

function measured(accuracy: number, rows: number, random: Random): AccuracyReference {
  let hits = 0;
  for (let i = 0; i < rows; i++) if (random() < accuracy) hits++;
  return { accuracy: hits / rows, rows };
}

/** Share of streams that alarm though accuracy is only `drop` below what it was; the references take turns. */
function alarmRate(drop: number, rows: number, random: Random): number {
  let alarms = 0;
  for (let i = 0; i < STREAMS; i++) {
    const truth = REFERENCES[i % REFERENCES.length] ?? 0.75;
    const reference = rows === Number.POSITIVE_INFINITY ? known(truth) : measured(truth, rows, random);
    if (alarmAfter({ reference, accuracy: () => truth - drop, most: OUTCOMES }, random) <= OUTCOMES) alarms++;
  }
  return alarms / STREAMS;
}

/** Median outcomes from the drop to the alarm, of the streams that had not alarmed before it; never found counts as Infinity. */
function medianDetection(drop: number, onset: number, random: Random): number {
  const delays: number[] = [];
  for (let i = 0; i < STREAMS; i++) {
    const accuracy = (n: number) => (n < onset ? 0.75 : 0.75 - drop);
    const after = alarmAfter({ reference: known(0.75), accuracy, most: onset + OUTCOMES }, random);
    if (after > onset) delays.push(after - onset);
  }
  delays.sort((a, b) => a - b);
  return delays[Math.floor(delays.length / 2)] ?? Number.POSITIVE_INFINITY;
}

export async function run() {
  const random = seededRandom(20_260_101);
  const exact = Number.POSITIVE_INFINITY;
  const started = performance.now();
  const detection010 = [medianDetection(0.1, 0, random), medianDetection(0.1, LATE, random)] as const;
  const detection020 = [medianDetection(0.2, 0, random), medianDetection(0.2, LATE, random)] as const;
  const figures: Record<string, number> = {
    false_alarm_rate: alarmRate(0, exact, random),
    tolerable_drop_alarm_rate: alarmRate(0.02, exact, random),
    median_detection_010: Math.max(...detection010),
    median_detection_020: Math.max(...detection020),
    median_detection_010_at_once: detection010[0],
    median_detection_010_late: detection010[1],
    median_detection_020_at_once: detection020[0],
    median_detection_020_late: detection020[1],
  };
  for (const rows of MEASURED_ROWS) {
    figures[`false_alarm_rate_reference_of_${rows}_rows`] = alarmRate(0, rows, random);
    figures[`tolerable_drop_alarm_rate_reference_of_${rows}_rows`] = alarmRate(0.02, rows, random);
  }
  return {
    name: 'monitor',
    description: `${STREAMS} streams of ${OUTCOMES} outcomes, looked at after every one; references ${REFERENCES[0]} to ${REFERENCES.at(-1)}, detection at 0.75`,
    figures,
    seconds: (performance.now() - started) / 1000,
  };
}
