import { CronExpressionParser } from 'cron-parser';

/** What is wrong with a cron line of a definition; null if it can be scheduled. An empty one means no schedule. */
export function scheduleProblem(schedule: string): string | null {
  if (schedule.trim() === '') return null;
  if (schedule.trim().split(/\s+/).length !== 5)
    return `"${schedule}" is not a cron line; expected five fields in UTC, like "0 2 * * 0" for Sunday 02:00, or "" for none`;
  try {
    CronExpressionParser.parse(schedule, { tz: 'UTC' });
    return null;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return `"${schedule}" is not a cron line (${detail}); expected one in UTC, like "0 2 * * 0" for Sunday 02:00, or "" for none`;
  }
}

/**
 * The newest slot of a schedule after `since` and not after `now`; null if there is none. Slots that were missed while
 * nothing ran are made up by this one slot: a model trained once knows all that three missed trainings would have seen.
 *
 * @param schedule cron line in UTC; empty for never
 * @param since the last slot that was made use of, or when the schedule began to count
 * @param model whose schedule it is: an `H` stands for the same minute or hour of a model at every look, and for different ones of
 *   different models, as in Jenkins
 * @throws if the schedule is not a cron line, see {@link scheduleProblem}
 */
export function dueSlot(schedule: string, since: Date, now: Date, model = ''): Date | null {
  if (schedule.trim() === '') return null;
  // prev() is strictly before its start, and a slot is due the very second it names.
  const upToNow = new Date(now.getTime() + 1);
  const options = { currentDate: upToNow, tz: 'UTC', hashSeed: model };
  const slot = CronExpressionParser.parse(schedule, options).prev().toDate();
  return slot > since ? slot : null;
}
