import { setTimeout as pause } from 'node:timers/promises';
import { DecideResponse } from '#contracts/http/serving';

const PAUSE_MS = 15;
const DEADLINE_MS = 5_000;

/** Asks for decisions all along, one instance and then the other, and the other one where one does not answer. */
export class TwoInstances {
  /** What nobody answered. */
  readonly unanswered: string[] = [];
  /** What an instance did not answer that nobody was replacing. */
  readonly failures: string[] = [];
  private readonly counted = new Map<string, number>();
  private readonly away = new Set<string>();
  private readonly running: Promise<void>;
  private going = true;

  constructor(private readonly instances: Readonly<Record<string, string>>) {
    this.running = this.run();
  }

  /** While `work` goes on, nobody may rely on this instance. */
  async without(name: string, work: () => Promise<void>): Promise<void> {
    this.away.add(name);
    await work();
    this.away.delete(name);
  }

  /** So many answers of this instance named this version. */
  answers(name: string, version: string): number {
    return this.counted.get(`${name} ${version}`) ?? 0;
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.running;
  }

  private async run(): Promise<void> {
    const names = Object.keys(this.instances);
    for (let task = 0; this.going; task++) {
      const order = names.map((_, i) => names[(task + i) % names.length] ?? '');
      const problems: string[] = [];
      for (const name of order) {
        const problem = await this.ask(name, task);
        if (problem === null) break;
        problems.push(`${name}: ${problem}`);
      }
      if (problems.length === names.length) this.unanswered.push(problems.join('; '));
      await pause(PAUSE_MS);
    }
  }

  /** What went wrong; null for an answer. */
  private async ask(name: string, task: number): Promise<string | null> {
    const wasAway = this.away.has(name);
    try {
      const response = await fetch(`${this.instances[name]}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ task_id: `asked-${task}`, site: { da: task % 100 } }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const { model_version } = DecideResponse.parse(await response.json());
      const key = `${name} ${model_version}`;
      this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
      return null;
    } catch (error) {
      if (!wasAway && !this.away.has(name)) this.failures.push(`${name}: ${error}`);
      return String(error);
    }
  }
}
