import { createColors } from 'picocolors';
import type { Environment } from '../client/settings.js';
import type { Failure } from '../failure.js';

/** What of a stream the command line needs; process.stdout and process.stderr fit. */
export interface Stream {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Colors = ReturnType<typeof createColors>;

/** Colour is for people: only on a terminal, never with NO_COLOR (no-color.org) or a dumb terminal. */
export function wantsColor(stream: Stream, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/**
 * Where a command writes. The result goes to stdout: text, or with `--json` exactly one document. Everything said on
 * the way goes to stderr.
 */
export class Screen {
  readonly colors: Colors;
  private readonly noteColors: Colors;

  constructor(
    readonly stdout: Stream,
    readonly stderr: Stream,
    env: Environment,
    readonly json: boolean,
  ) {
    this.colors = createColors(!json && wantsColor(stdout, env));
    this.noteColors = createColors(wantsColor(stderr, env));
  }

  /** Columns to fit into; unlimited when the output is not read on a terminal. */
  get width(): number {
    return this.stdout.isTTY ? (this.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  /** Whether moving bars may be drawn. */
  get animated(): boolean {
    return this.stderr.isTTY === true;
  }

  /** The command's result: `document` for programs, or the lines for people. */
  result(document: unknown, lines: (colors: Colors) => readonly string[]): void {
    this.stdout.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : `${lines(this.colors).join('\n')}\n`);
  }

  /** A result that is a file and not text, so that nothing else goes to stdout. */
  bytes(data: Uint8Array): void {
    this.stdout.write(data);
  }

  /** A line on the way to the result. */
  note(line: string): void {
    this.stderr.write(`${line}\n`);
  }

  failure(failure: Failure): void {
    if (this.json) this.stdout.write(`${JSON.stringify(failure.toDocument(), null, 2)}\n`);
    else {
      this.note(`${this.noteColors.red('error:')} ${failure.message}`);
      if (failure.next !== null) this.note(`       ${failure.next}`);
    }
  }
}
