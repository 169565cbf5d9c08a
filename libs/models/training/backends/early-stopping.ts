/** Remembers the best round and says when further rounds have stopped helping. */
export class EarlyStopping {
  /** Rounds up to and including the best one; 0 before the first observation. */
  bestRounds = 0;
  private bestLoss = Number.POSITIVE_INFINITY;

  /** @param patience rounds without improvement after which it is over; 0 for never */
  constructor(private readonly patience: number) {}

  /** Takes the loss after `rounds` rounds; true when training should stop. */
  observe(rounds: number, loss: number): boolean {
    if (loss < this.bestLoss || this.bestRounds === 0) {
      this.bestLoss = loss;
      this.bestRounds = rounds;
      return false;
    }
    return this.patience > 0 && rounds - this.bestRounds >= this.patience;
  }
}
