import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Forest } from '#models/evaluators/forest';
import type { Setting } from '#models/evaluators/walks/perfect-trees';
import { settingsEvaluator } from '#models/evaluators/walks/settings-evaluator';
import { RowsScorer, type ScoredRows, type Scorer, type Shape } from './rows-scorer.js';

interface ThreadModel {
  readonly forest: Forest;
  readonly settings: readonly Setting[];
  readonly shape: Shape;
}

/** Models are numbered in the order in which they are opened. */
export type ScoringRequest =
  | { readonly kind: 'open'; readonly model: ThreadModel }
  | {
      readonly kind: 'score';
      readonly id: number;
      readonly scorer: number;
      readonly matrix: Float32Array;
      readonly executed: Int32Array;
    };

export interface ScoringReply {
  readonly id: number;
  readonly scored: ScoredRows;
}

/** Batches that may wait for the other thread, some 5 ms of its work: then it is never idle, and never far behind. */
const MOST_WAITING = 4;
/** With more room V8 would let garbage lie for longer. */
const LIMITS = { maxYoungGenerationSizeMb: 1 };

/** The other thread ended in the midst of it; nothing is wrong with what was to be judged. */
export class ScoringThreadLost extends Error {
  override readonly name = 'ScoringThreadLost';
}

/**
 * Scores rows on a second core while this thread reads them. What the other thread has no time for is scored here; which
 * of them scored a row makes no difference to what comes of it.
 */
export class SecondThread {
  private readonly waiting = new Map<number, { resolve(scored: ScoredRows): void; reject(reason: Error): void }>();
  private models = 0;
  private next = 0;
  private thread: Worker | null;

  private constructor(thread: Worker | null) {
    this.thread = thread;
    thread?.on('message', ({ id, scored }: ScoringReply) => {
      this.waiting.get(id)?.resolve(scored);
      this.waiting.delete(id);
    });
    thread?.on('error', (error: unknown) => this.lost(error));
    thread?.on('exit', () => this.lost('it exited'));
  }

  /** On a machine with a single core there is none. */
  static start(cores = availableParallelism(), script = new URL('./scoring-thread.js', import.meta.url)): SecondThread {
    return new SecondThread(cores > 1 ? new Worker(script, { resourceLimits: LIMITS }) : null);
  }

  scorer(forest: Forest, shape: Shape, settings: readonly Setting[]): Scorer {
    const scorer = this.models++;
    let here: RowsScorer | null = null;
    const scoreHere = (matrix: Float32Array, executed: Int32Array): ScoredRows => {
      here ??= new RowsScorer(settingsEvaluator(forest, settings), shape, settings.length);
      return here.score(matrix, executed);
    };
    this.send({ kind: 'open', model: { forest, settings, shape } }, []);
    return {
      score: (matrix, executed) => {
        if (this.thread === null || this.waiting.size >= MOST_WAITING) return scoreHere(matrix, executed);
        const id = this.next++;
        const scored = new Promise<ScoredRows>((resolve, reject) => {
          this.waiting.set(id, { resolve, reject });
        });
        // Whoever waits for it is told; it may be that nobody does yet.
        scored.catch(() => {});
        this.send({ kind: 'score', id, scorer, matrix, executed }, [matrix.buffer, executed.buffer]);
        return scored;
      },
    };
  }

  async close(): Promise<void> {
    const { thread } = this;
    this.thread = null;
    await thread?.terminate();
  }

  /** @param buffers move to the other thread and are empty here afterwards */
  private send(request: ScoringRequest, buffers: ArrayBuffer[]): void {
    this.thread?.postMessage(request, buffers);
  }

  private lost(reason: unknown): void {
    this.thread = null;
    const error = new ScoringThreadLost('The thread that scores a part of the holdout ended.', { cause: reason });
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
