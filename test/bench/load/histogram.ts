/** Latencies in buckets 2 % apart, from 1 µs to over a minute; constant memory however many there are. */
const BUCKETS = 1024;
const GROWTH = Math.log(1.02);

export class LatencyHistogram {
  readonly counts: Float64Array;
  count = 0;
  highest = 0;

  constructor(counts: ArrayLike<number> = []) {
    this.counts = new Float64Array(BUCKETS);
    for (let i = 0; i < counts.length; i++) {
      this.counts[i] = counts[i] ?? 0;
      this.count += counts[i] ?? 0;
    }
  }

  add(milliseconds: number): void {
    const bucket = Math.floor(Math.log(Math.max(1, milliseconds * 1000)) / GROWTH);
    const at = Math.min(BUCKETS - 1, bucket);
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.count++;
    this.highest = Math.max(this.highest, milliseconds);
  }

  /** Milliseconds that this share of all requests did not exceed (to 2 %). */
  quantile(share: number): number {
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.counts[i] ?? 0;
      if (seen >= share * this.count) return Math.exp((i + 1) * GROWTH) / 1000;
    }
    return this.highest;
  }
}
