/** Names are compared without case, and a blank or a dash is an underscore: that is how tables and programs differ. */
const folded = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** Letters to insert, delete, replace or swap (optimal string alignment), or `most + 1` where it is more than that. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row[j] = least;
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** A third of a name may be wrong, and one letter of a short one. */
const allowed = (name: string): number => Math.max(1, Math.floor(name.length / 3));

/** The name that was probably meant; null where none is close. Of two equally close ones, the first. */
export function closestName(name: string, known: Iterable<string>): string | null {
  const wanted = folded(name);
  let best: string | null = null;
  let least = allowed(wanted) + 1;
  for (const candidate of known) {
    const found = distance(wanted, folded(candidate), least - 1);
    if (found < least) [best, least] = [candidate, found];
  }
  return best;
}
