import pc from 'picocolors';

const REDRAW_MS = 200;
/** Without a terminal, a long step says this often that it is still at it. */
const REMIND_MS = 10_000;

export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** The progress of a long start on the terminal: one line per step, with the time it takes and a note that changes. */
export class Steps {
  private readonly since = Date.now();

  constructor(private readonly out: Output = process.stdout) {}

  /** Time since the first step. */
  elapsed(): string {
    return seconds(this.since);
  }

  /** Runs one step. `note` replaces what is shown behind its title while it runs. */
  async step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> {
    const since = Date.now();
    const live = this.out.isTTY === true;
    let note = '';
    const draw = (): void => {
      this.out.write(
        live
          ? `\r\x1b[K${pc.cyan('•')} ${title} … ${pc.dim(`${seconds(since)} ${note}`)}`
          : `  ${title} … ${seconds(since)} ${note}\n`,
      );
    };
    const timer = setInterval(draw, live ? REDRAW_MS : REMIND_MS);
    if (live) draw();
    const end = (mark: string): void => {
      clearInterval(timer);
      this.out.write(`${live ? '\r\x1b[K' : ''}${mark} ${title} ${pc.dim(`(${seconds(since)})`)}\n`);
    };
    try {
      const result = await work((text) => {
        note = text;
      });
      end(pc.green('✓'));
      return result;
    } catch (error) {
      end(pc.red('✗'));
      throw error;
    }
  }

  say(text: string): void {
    this.out.write(`${text}\n`);
  }
}
