/** Lets a loop sleep until it is woken. Waking one that is not asleep cuts its next sleep short, so no call is lost. */
export class WakeUp {
  private woken = false;
  private end: () => void = () => {};

  wake(): void {
    this.woken = true;
    this.end();
  }

  /** Forgets earlier calls: the loop is about to look at everything they can have been about. */
  clear(): void {
    this.woken = false;
  }

  /** Waits for a call, at most `ms`; returns at once if one came since the last look. */
  async sleep(ms: number): Promise<void> {
    if (!this.woken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.end = () => {};
    this.woken = false;
  }
}
