import { setTimeout as pause } from 'node:timers/promises';
import { DecideResponse } from '#contracts/http/serving';

interface Instance {
  readonly name: string;
  readonly url: string;
}

export interface Told {
  readonly answered: number;
  /** Decisions that nobody answered although an instance was there: when, in milliseconds since the start. */
  readonly unanswered: readonly number[];
  /** Decisions that nobody could answer, because no instance was there. */
  readonly nobodyThere: number;
  /** The longest that one was away after a kill, and that all were away together, in milliseconds. */
  readonly longestRestartMs: number;
  readonly longestTogetherMs: number;
}

/** Asks for decisions all along, one instance and then the other, as engines do, and knows who cannot answer because it was killed. */
export class Downtimes {
  private readonly startedAt = Date.now();
  /** Since when an instance is away. */
  private readonly away = new Map<string, number>();
  private readonly running: Promise<void>;
  private going = true;
  private answered = 0;
  private readonly unanswered: number[] = [];
  private nobodyThere = 0;
  private longestRestartMs = 0;
  private longestTogetherMs = 0;
  private togetherSince: number | null = null;

  constructor(private readonly instances: readonly Instance[]) {
    this.running = this.run();
  }

  /** This program was killed in this moment. */
  killed(name: string): void {
    if (this.instances.some((instance) => instance.name === name) && !this.away.has(name))
      this.away.set(name, Date.now());
    this.look();
  }

  async stop(): Promise<Told> {
    this.going = false;
    await this.running;
    const { answered, unanswered, nobodyThere, longestRestartMs, longestTogetherMs } = this;
    return { answered, unanswered, nobodyThere, longestRestartMs, longestTogetherMs };
  }

  private async run(): Promise<void> {
    for (let task = 0; this.going; task++) {
      const all = this.instances.map((_, i) => this.instances[(task + i) % this.instances.length]);
      let done = false;
      let wasThere = false;
      for (const instance of all) {
        if (instance === undefined) continue;
        // Killed before it was asked, or while it was.
        const before = this.away.get(instance.name);
        const answer = await this.ask(instance, task);
        if (answer) {
          // What was killed while it was asked may have answered before.
          if (before === this.away.get(instance.name)) this.back(instance.name);
          done = true;
          break;
        }
        wasThere ||= before === undefined && !this.away.has(instance.name);
      }
      if (done) this.answered++;
      else if (wasThere) this.unanswered.push(Date.now() - this.startedAt);
      else this.nobodyThere++;
      await pause(10);
    }
  }

  private async ask({ url }: Instance, task: number): Promise<boolean> {
    try {
      const response = await fetch(`${url}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ task_id: `kill-${task}`, features: { da: task % 100 } }),
        signal: AbortSignal.timeout(5_000),
      });
      return DecideResponse.safeParse(await response.json()).success;
    } catch {
      return false;
    }
  }

  private back(name: string): void {
    const since = this.away.get(name);
    if (since === undefined) return;
    this.away.delete(name);
    this.longestRestartMs = Math.max(this.longestRestartMs, Date.now() - since);
    this.look();
  }

  private look(): void {
    const together = this.away.size === this.instances.length;
    if (together) this.togetherSince ??= Date.now();
    else if (this.togetherSince !== null) {
      this.longestTogetherMs = Math.max(this.longestTogetherMs, Date.now() - this.togetherSince);
      this.togetherSince = null;
    }
  }
}
