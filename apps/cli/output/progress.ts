import { SingleBar } from 'cli-progress';
import { printable } from './printable.js';
import type { Screen } from './screen.js';

/** Without a terminal, a label of the same kind is written this often at most. */
const QUIET_MS = 5_000;

/**
 * Progress of long work, on stderr: a bar on a terminal, else lines for a log. `share` goes from 0 to 1. The kind of a
 * label is what stands before its colon: a new kind is always written, more of the same only now and then.
 */
export class Progress {
  private bar: SingleBar | null = null;
  private written = { kind: '', label: '', at: Number.NEGATIVE_INFINITY };

  constructor(private readonly screen: Screen) {}

  update(share: number, label: string): void {
    if (this.screen.animated) this.draw(share, label);
    else this.write(label);
  }

  private write(label: string): void {
    const kind = label.split(':', 1)[0] ?? label;
    const at = Date.now();
    if (label === this.written.label || (kind === this.written.kind && at - this.written.at < QUIET_MS)) return;
    this.screen.note(label);
    this.written = { kind, label, at };
  }

  private draw(share: number, label: string): void {
    if (!this.bar) {
      this.bar = new SingleBar({
        format: '{bar} {percentage} %  {label}',
        barsize: 24,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        clearOnComplete: true,
        forceRedraw: true,
      });
      this.bar.start(1000, 0, { label });
    }
    this.bar.update(Math.round(Math.min(1, Math.max(0, share)) * 1000), { label: cut(label, this.screen) });
  }

  /** Takes the bar away, so that other lines can be written. */
  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }
}

/** Keeps a bar on one line, and what its label says from outside from leaving it: the bar is not drawn by the screen. */
function cut(label: string, screen: Screen): string {
  const room = Math.max(10, screen.noteWidth - 36);
  const line = printable(label).replaceAll(/\s+/g, ' ');
  return line.length > room ? `${line.slice(0, room - 1)}…` : line;
}
