import type { ChosenWindow } from '#contracts/model-package';
import { chooseWindow, looksOutdated, newestRows } from '#domain/training/window-choice';
import type { Window } from '#domain/training/windows';
import type { TrainingJob } from './process/job.js';
import type { Place } from './progress.js';

/** Who trains on the rows of a window, and judges what came of it. */
export interface Contestants<Model extends { free(): void }> {
  readonly windows: readonly Window[];
  /** When the outcome of each validation row was seen, in milliseconds since 1970. */
  readonly times: Float64Array;
  /** @param place of the window among those that may be trained */
  train(window: Window, place: Place): Promise<Model>;
  /** Training rows of a window. */
  rowsOf(window: Window): number;
  /** −ln P(label) of the validation rows at these places; null for all of them. */
  losses(model: Model, positions: Int32Array | null): Promise<Float64Array>;
}

const GIVEN = 'The definition says so.';
export const NO_CHOICE = 'There is no other window with rows enough.';

export const isAuto = ({ definition }: TrainingJob): boolean => definition.training_window === 'auto';

/** Why the only window there is was taken. */
export const whyOnly = (job: TrainingJob): string => (isAuto(job) ? NO_CHOICE : GIVEN);

/** A model of the first window, unless one of another window is better for sure on the newest validation rows. */
export async function bestWindow<Model extends { free(): void }>(
  job: TrainingJob,
  { windows, times, train, rowsOf, losses }: Contestants<Model>,
): Promise<{ model: Model; window: Window; chosen: ChosenWindow }> {
  const [window, ...others] = windows;
  if (window === undefined) throw new RangeError('there is no window to learn from');
  const of = windows.length;
  const place = (candidate: Window) => placeOf(candidate, rowsOf(candidate));
  const describe = (kept: Window, ...rest: Reasons) => described(kept, rowsOf(kept), ...rest);
  const model = await train(window, { part: 0, of });
  const settled = (reason: string) => ({ model, window, chosen: describe(window, reason) });
  if (!isAuto(job)) return settled(GIVEN);
  if (others.length === 0) return settled(NO_CHOICE);
  const onsets = job.onsets.map(Date.parse);
  const newest = newestRows(times, onsets);
  if (newest.length === 0) return settled('There are too few validation rows to compare windows on.');
  if (onsets.length === 0 && !looksOutdated(await losses(model, null), newest))
    return settled(`It foresees the ${newest.length} newest validation rows as well as the older ones.`);

  let best = { model, window };
  const found = [await losses(model, newest)];
  for (const [i, other] of others.entries()) {
    const candidate = await train(other, { part: i + 1, of });
    found.push(await losses(candidate, newest));
    if (chooseWindow(found) === found.length - 1) {
      best.model.free();
      best = { model: candidate, window: other };
    } else candidate.free();
  }
  const compared = windows.map((candidate, i) => ({ ...place(candidate), loss: meanOf(found[i]) }));
  const reason =
    best.window === window
      ? `No other window foresees the ${newest.length} newest validation rows better for sure.`
      : `It foresees the ${newest.length} newest validation rows better: log-loss ${meanOf(found[windows.indexOf(best.window)]).toFixed(4)} instead of ${meanOf(found[0]).toFixed(4)}.`;
  return { ...best, chosen: describe(best.window, reason, newest.length, compared) };
}

const meanOf = (values: Float64Array | undefined): number =>
  values === undefined ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

const timeOf = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

const placeOf = ({ name, from }: Window, rows: number) => ({ name, from: timeOf(from), rows });

type Reasons = [reason: string, compared_on?: number, candidates?: ChosenWindow['candidates']];

export const described = (window: Window, rows: number, ...[reason, compared_on = 0, candidates = []]: Reasons) => ({
  ...placeOf(window, rows),
  mostly_from: timeOf(window.mostlyFrom),
  reason,
  compared_on,
  candidates,
});
