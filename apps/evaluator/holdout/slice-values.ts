import type { SliceInput } from '#domain/evaluation/slices';

/** A feature with more values than this has slices too small to say anything. */
const MOST_SLICES = 40;

/** Numbers the values of a feature as rows come in. */
export class SliceValues {
  private readonly positions = new Map<string, number>();
  private readonly codes: number[] = [];

  constructor(private readonly feature: string) {}

  add(value: string): void {
    if (this.positions.size > MOST_SLICES) return;
    let code = this.positions.get(value);
    if (code === undefined) {
      code = this.positions.size;
      this.positions.set(value, code);
    }
    this.codes.push(code);
  }

  /** Null if it has too many values. */
  finish(): SliceInput | null {
    return this.positions.size > MOST_SLICES
      ? null
      : { feature: this.feature, values: [...this.positions.keys()], codes: Int32Array.from(this.codes) };
  }
}
