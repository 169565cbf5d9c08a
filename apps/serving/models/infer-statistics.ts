/** What a version did of infer requests since it was loaded; times in milliseconds. */
export class InferStatistics {
  rows = 0;
  answered = 0;
  refused = 0;
  readMs = 0;
  evaluateMs = 0;
  refusedMs = 0;
  /** On performance.now()'s clock; null for never. */
  lastAt: number | null = null;

  note(rows: number, started: number, read: number, ended: number): void {
    this.rows += rows;
    this.answered++;
    this.readMs += read - started;
    this.evaluateMs += ended - read;
    this.lastAt = ended;
  }

  noteRefused(started: number, ended: number): void {
    this.refused++;
    this.refusedMs += ended - started;
  }
}
