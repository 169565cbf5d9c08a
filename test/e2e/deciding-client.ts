import { setTimeout as pause } from 'node:timers/promises';
import { DecideResponse } from '#contracts/http/serving';

/** Asks one instance for decisions, one after the other, until it is stopped. */
export class DecidingClient {
  /** Answers by the version they name. */
  readonly versions = new Map<string, number>();
  /** What was no answer. */
  readonly failures: string[] = [];
  answers = 0;
  private going = true;
  private readonly running: Promise<void>;

  /** @param pauseMs between an answer and the next question; none leaves little of the machine to others */
  constructor(
    url: string,
    private readonly pauseMs = 0,
  ) {
    this.running = this.run(url);
  }

  private async run(url: string): Promise<void> {
    for (let task = 0; this.going; task++) {
      try {
        const response = await fetch(`${url}/v1/decide`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ task_id: task, site: { da: task % 100 } }),
        });
        const { model_version } = DecideResponse.parse(await response.json());
        this.versions.set(model_version, (this.versions.get(model_version) ?? 0) + 1);
        this.answers++;
      } catch (error) {
        this.failures.push(String(error));
      }
      if (this.pauseMs > 0) await pause(this.pauseMs);
    }
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.running;
  }
}
