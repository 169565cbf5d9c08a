import { type Finding, failed, ok } from './finding.js';

const LARGEST_SKEW_MS = 5_000;

/** Two clocks that differ confuse windows such as "the last seven days" and the order of outcomes. */
export function assessClock(where: string, theirs: Date, ours: Date): Finding {
  const skew = theirs.getTime() - ours.getTime();
  const check = `clock of ${where}`;
  if (Number.isNaN(skew)) return failed(check, 'It told no time.', 'Is something between here and there?');
  if (Math.abs(skew) <= LARGEST_SKEW_MS) return ok(check, 'Agrees with this machine.');
  return failed(
    check,
    `It is ${(Math.abs(skew) / 1000).toFixed(0)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine.`,
    'Let both take the time from the network (NTP).',
  );
}
