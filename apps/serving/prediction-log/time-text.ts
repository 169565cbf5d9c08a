let latest = Number.NaN;
let text = '';

/**
 * A time in milliseconds since 1970 as an ISO 8601 text in UTC. Under load dozens of predictions are made within a millisecond,
 * and writing its text took a third of what logging one takes.
 */
export function timeText(milliseconds: number): string {
  if (milliseconds !== latest) {
    text = new Date(milliseconds).toISOString();
    latest = milliseconds;
  }
  return text;
}
