import { Counter, Gauge } from 'prom-client';

const runs = new Counter({
  name: 'ratchet_loop_runs_total',
  help: 'Steps of what a service does by itself again and again, by outcome: done or failed.',
  labelNames: ['loop', 'outcome'],
});
const labelNames = ['loop'];

/** What the metrics tell of a loop. */
export interface ShownLoop {
  readonly name: string;
  sinceSuccess(): number;
  status(): { readonly lateMs: number; readonly runningMs: number | null };
}

/** The loops of this process. */
const loops = new Set<ShownLoop>();

new Gauge({
  name: 'ratchet_loop_last_success_age_seconds',
  help: 'Time since a step of a loop last came to a good end, or since its start; grows while it fails and while it hangs.',
  labelNames,
  aggregator: 'max',
  collect() {
    this.reset();
    for (const loop of loops) this.set({ loop: loop.name }, loop.sinceSuccess() / 1000);
  },
});
new Gauge({
  name: 'ratchet_loop_late_seconds',
  help: 'How long ago a loop should have come to a good end once more; 0 while it is in time.',
  labelNames,
  aggregator: 'max',
  collect() {
    this.reset();
    for (const loop of loops) this.set({ loop: loop.name }, loop.status().lateMs / 1000);
  },
});
new Gauge({
  name: 'ratchet_loop_step_running_seconds',
  help: 'For how long the step in hand of a loop has been running; 0 between steps.',
  labelNames,
  aggregator: 'max',
  collect() {
    this.reset();
    for (const loop of loops) this.set({ loop: loop.name }, (loop.status().runningMs ?? 0) / 1000);
  },
});

export function countRun(loop: string, outcome: 'done' | 'failed'): void {
  runs.inc({ loop, outcome });
}

/** Shows a loop in the metrics until the returned function is called. */
export function watchLoop(loop: ShownLoop): () => void {
  loops.add(loop);
  for (const outcome of ['done', 'failed']) runs.inc({ loop: loop.name, outcome }, 0);
  return () => void loops.delete(loop);
}
