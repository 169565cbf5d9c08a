import { setTimeout as pause } from 'node:timers/promises';
import type { DecideResponse } from '#contracts/http/serving';
import type { Logger } from '#platform/logging';
import type { DriftAt, Flags } from './flags.js';
import type { DecisionClient } from './outside/decision-client.js';
import type { OutcomePublisher } from './outside/outcome-publisher.js';
import { type Attempt, drawAttempts } from './simulation/attempts.js';
import { type Choice, eventId, outcomeOf, shadowOf } from './simulation/messages.js';
import { drawTask, type Task } from './simulation/task.js';
import { ACTIONS, type Action } from './truth/site.js';
import { chanceOf } from './truth/worlds.js';

/** Large enough that a first model clearly beats its baseline, small enough that the next one can do better. */
const DEFAULT_BURST = 2500;
const DAY_MS = 86_400_000;
/** Milliseconds between a failed attempt and the next. */
const RETRY_AFTER_MS = 3000;
const TICK_MS = 20;
/** Tasks under way at once; a slow answer then lowers the rate instead of piling up. */
const MOST_AT_ONCE = 256;

export interface Tally {
  tasks: number;
  /** Tasks done as a model said, by rule although a model answered, and by rule because none did. */
  followed: number;
  shadow: number;
  alone: number;
  succeeded: number;
}

/** Whether the ground truth has changed by now. */
export function hasDrifted(driftAt: DriftAt | null, tasks: number, seconds: number): boolean {
  if (driftAt === null) return false;
  return 'tasks' in driftAt ? tasks >= driftAt.tasks : seconds >= driftAt.seconds;
}

/** How many tasks should have begun by now, at this rate since the burst ended. */
export function tasksDue(rate: number, seconds: number, total: number | null, burst: number): number {
  const due = burst + Math.floor(rate * seconds);
  return total === null ? due : Math.min(due, total);
}

const isAction = (name: string | null): name is Action => ACTIONS.some((action) => action === name);

export class Engine {
  readonly tally: Tally = { tasks: 0, followed: 0, shadow: 0, alone: 0, succeeded: 0 };
  private readonly since = Date.now();
  private readonly underWay = new Set<Promise<void>>();
  /** Of those under way, the ones that only wait for their next attempt. */
  private waiting = 0;
  private readonly stopping = new AbortController();
  private next = 0;

  constructor(
    private readonly flags: Flags,
    private readonly client: DecisionClient,
    private readonly publisher: OutcomePublisher,
    private readonly logger: Logger,
  ) {}

  /** Runs until the total is reached, every retry included, or until `stop`. */
  async run(): Promise<void> {
    await this.sendBurst();
    const since = Date.now();
    const burst = this.next;
    const { rate, total } = this.flags;
    while (!this.stopping.signal.aborted && this.next !== total) {
      const due = tasksDue(rate, (Date.now() - since) / 1000, total, burst);
      while (this.next < due && this.underWay.size - this.waiting < MOST_AT_ONCE) this.begin(this.live(this.next++));
      await this.pause(TICK_MS);
    }
    await Promise.all(this.underWay);
  }

  /** Begins nothing more; retries that are waiting are dropped, what is being sent is sent. */
  stop(): void {
    this.stopping.abort();
  }

  /** Ends early when the engine is stopped. */
  private pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private begin(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** History for the first model: tasks of the past, done by rule before anybody could be asked. */
  private async sendBurst(): Promise<void> {
    const { burst, total, seed, historyDays } = this.flags;
    const wanted = burst ?? ((await this.somebodyAnswers()) ? 0 : DEFAULT_BURST);
    const count = total === null ? wanted : Math.min(wanted, total);
    const now = Date.now();
    while (this.next < count && !this.stopping.signal.aborted) {
      const chunk: Promise<void>[] = [];
      for (; this.next < count && chunk.length < MOST_AT_ONCE; this.next++) {
        const time = now - (historyDays * DAY_MS * (count - this.next)) / count;
        chunk.push(this.past(drawTask(seed, this.next, this.flags), time));
      }
      await Promise.all(chunk);
    }
    if (count > 0) this.logger.info({ tasks: this.next }, 'sent the burst');
  }

  private async somebodyAnswers(): Promise<boolean> {
    return (await this.client.decide(`s${this.flags.seed}-first`, drawTask(this.flags.seed, 0).site)) !== null;
  }

  private chance({ id, site }: Task, action: Action): number {
    const seconds = (Date.now() - this.since) / 1000;
    const drifted = hasDrifted(this.flags.driftAt, this.next, seconds);
    return chanceOf(this.flags.truth, site, action, { drifted, seconds, task: id });
  }

  private async past(task: Task, time: number): Promise<void> {
    const choice = { executed: task.own, decision: null };
    const attempts = this.attempts(task, task.own);
    for (const attempt of attempts) {
      const at = new Date(time + attempt.retryCount * RETRY_AFTER_MS);
      await this.send(task, choice, attempt, at);
    }
    this.count(choice, task, attempts);
  }

  private async live(number: number): Promise<void> {
    const task = drawTask(this.flags.seed, number, this.flags);
    const decision = await this.client.decide(task.id, task.site);
    const choice = { executed: executedAction(task, decision), decision };
    const attempts = this.attempts(task, choice.executed);
    this.count(choice, task, attempts);
    for (const attempt of attempts) {
      if (attempt.retryCount > 0) {
        this.waiting++;
        await this.pause(RETRY_AFTER_MS);
        this.waiting--;
        if (this.stopping.signal.aborted) return;
      }
      await this.send(task, choice, attempt, new Date());
    }
  }

  private attempts(task: Task, action: Action): Attempt[] {
    return drawAttempts(this.chance(task, action), task.site, action, task.luck);
  }

  private count({ decision }: Choice, task: Task, attempts: readonly Attempt[]): void {
    this.tally.tasks++;
    if (decision === null) this.tally.alone++;
    else if (task.shadow) this.tally.shadow++;
    else this.tally.followed++;
    if (attempts.at(-1)?.success) this.tally.succeeded++;
  }

  private async send(task: Task, choice: Choice, attempt: Attempt, time: Date): Promise<void> {
    const { executed, decision } = choice;
    const outcome = outcomeOf(task, choice, attempt, time);
    const outcomeId = eventId(task, attempt, 'automation.outcomes');
    await Promise.all([
      this.publisher.publish('automation.outcomes', outcome, outcomeId, time),
      decision !== null && task.shadow
        ? this.publisher.publish(
            'shadow.outcomes',
            shadowOf(task, executed, decision, attempt, time),
            eventId(task, attempt, 'shadow.outcomes'),
            time,
          )
        : undefined,
    ]);
  }
}

/** The model's action, unless the task goes by rule, no model answered, or its action is none that the engine knows. */
export function executedAction(task: Task, decision: DecideResponse | null): Action {
  return decision !== null && !task.shadow && isAction(decision.decision) ? decision.decision : task.own;
}
