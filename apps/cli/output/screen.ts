import { createColors } from 'picocolors';
import type { Environment } from '../client/settings.js';
import type { Failure } from '../failure.js';
import { printable, printableColoured } from './printable.js';

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

/** A command in advice: not preceded by what already runs it, and no end of a path, like that of a folder `.ratchet`. */
const ADVICE = /(?<!npx |[./\\-])\bratchet (?=[a-z])/g;

const HOME_AND_CLEAR = '\u001B[H\u001B[J';

/**
 * Where a command writes. The result goes to stdout: text, or with `--json` exactly one document. Everything said on
 * the way goes to stderr. Names, reasons and messages come from events that anybody may have written: control
 * characters are written out here, for all commands. In JSON that is the same document.
 */
export class Screen {
  readonly colors: Colors;
  private readonly noteColors: Colors;
  private readonly program: 'npx ratchet' | 'ratchet';

  constructor(
    private readonly stdout: Stream,
    private readonly stderr: Stream,
    env: Environment,
    readonly json: boolean,
  ) {
    this.colors = createColors(!json && wantsColor(stdout, env));
    this.noteColors = createColors(wantsColor(stderr, env));
    this.program = env.npm_command === 'exec' ? 'npx ratchet' : 'ratchet';
  }

  /** Columns to fit into; unlimited when the output is not read on a terminal. */
  get width(): number {
    return this.stdout.isTTY ? (this.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  /** Whether moving bars may be drawn. */
  get animated(): boolean {
    return this.stderr.isTTY === true;
  }

  /** Whether a person looks at the result on a terminal, so that it can be a picture that changes. */
  get live(): boolean {
    return this.stdout.isTTY === true && !this.json;
  }

  /** Columns for what is said on the way. */
  get noteWidth(): number {
    return this.stderr.columns ?? 80;
  }

  /** The command's result: `document` for programs, or the lines for people. */
  result(document: unknown, lines: (colors: Colors) => readonly string[]): void {
    if (this.json) this.stdout.write(`${printable(JSON.stringify(document, null, 2))}\n`);
    else this.lines(lines(this.colors));
  }

  /** One of many results as they come: a document a line, or the line for people; null says nothing to them. */
  entry(document: unknown, line: (colors: Colors) => string | null): void {
    if (this.json) return void this.stdout.write(`${printable(JSON.stringify(document))}\n`);
    const text = line(this.colors);
    if (text !== null) this.lines([text]);
  }

  /** Takes the place of all that is on the terminal. */
  picture(lines: readonly string[]): void {
    this.stdout.write(HOME_AND_CLEAR);
    this.lines(lines);
  }

  /** A result that is a file and not text, so that nothing else goes to stdout. */
  bytes(data: Uint8Array): void {
    this.stdout.write(data);
  }

  /** A line on the way to the result. */
  note(line: string): void {
    this.stderr.write(`${this.asTyped(printable(line))}\n`);
  }

  failure(failure: Failure): void {
    if (this.json) this.result(failure.toDocument(), () => []);
    else {
      this.stderr.write(`${this.noteColors.red('error:')} ${this.asTyped(printable(failure.message))}\n`);
      if (failure.next !== null) this.note(`       ${failure.next}`);
    }
  }

  /** Advice as it can be copied: by npx where that is how this command was run. */
  private asTyped(text: string): string {
    return text.replaceAll(ADVICE, `${this.program} `);
  }

  private lines(lines: readonly string[]): void {
    const text = this.asTyped(lines.join('\n'));
    // Where nothing is coloured, a colour is foreign, too.
    this.stdout.write(`${this.colors.isColorSupported ? printableColoured(text) : printable(text)}\n`);
  }
}
