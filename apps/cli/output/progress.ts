import { SingleBar } from 'cli-progress';
import type { Screen } from './screen.js';

/**
 * Progress of long work, on stderr: a bar on a terminal, else a line whenever the label changes.
 * `share` goes from 0 to 1.
 */
export class Progress {
  private bar: SingleBar | null = null;
  private label = '';

  constructor(private readonly screen: Screen) {}

  update(share: number, label: string): void {
    if (this.screen.animated) this.draw(share, label);
    else if (label !== this.label) this.screen.note(label);
    this.label = label;
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

/** Keeps a bar on one line. */
function cut(label: string, screen: Screen): string {
  const room = Math.max(10, (screen.stderr.columns ?? 80) - 36);
  return label.length > room ? `${label.slice(0, room - 1)}…` : label;
}
