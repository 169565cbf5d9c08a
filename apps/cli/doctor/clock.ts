import { type Finding, failed, ok } from './finding.js';

const LARGEST_SKEW_MS = 5_000;

/** Between asking for a time and having it: what they told is of somewhen in there. */
export interface Asked {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Two clocks that differ confuse windows such as "the last seven days" and the order of outcomes. How long the answer took, on a
 * machine that is busy, is no difference.
 */
export function assessClock(where: string, theirs: Date, { from, to }: Asked): Finding {
  const time = theirs.getTime();
  const skew = time > to.getTime() ? time - to.getTime() : Math.min(0, time - from.getTime());
  const check = `clock of ${where}`;
  if (Number.isNaN(skew)) return failed(check, 'It told no time.', 'Is something between here and there?');
  if (Math.abs(skew) <= LARGEST_SKEW_MS) return ok(check, 'Agrees with this machine.');
  return failed(
    check,
    `It is ${(Math.abs(skew) / 1000).toFixed(0)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine.`,
    'Let both take the time from the network (NTP).',
  );
}
