import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FileForm, ImportProgress } from '#contracts/http/ingest';
import { csvCell } from '#domain/feedback/csv-cell';

type Rejection = ImportProgress['rejections'][number];

/** `logs/a.jsonl` imported in /home/x becomes /home/x/a.jsonl.rejected.csv: a.csv beside it has a file of its own. */
export function rejectedFile(source: string, cwd: string): string {
  return join(cwd, `${basename(source)}.rejected.csv`);
}

/** What is between line feeds, as feedback-ingest counts: other programs also end lines at characters that are text here. */
async function* linesOf(source: string, { encoding, compression }: RejectedRows['form']): AsyncGenerator<string> {
  const file = createReadStream(source);
  const bytes: Readable = compression === 'gzip' ? pipeline(file, createGunzip(), () => undefined) : file;
  const decoder = new TextDecoder(encoding);
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest.replace(/\r$/, '');
}

/**
 * Writes the rejected rows of an import into a CSV: line number, reason, field, what was expected, and the line itself.
 * The file is created with the first rejection. Rejections come in the order of the lines, so the source is read along
 * once and nothing is kept.
 */
export class RejectedRows {
  private file: WriteStream | null = null;
  private lines: AsyncIterator<string> | null = null;
  /** How the source is written down, once the service has found out. */
  form: Pick<FileForm, 'encoding' | 'compression'> = { encoding: 'utf-8', compression: null };
  private line = 0;
  private text = '';
  count = 0;

  constructor(
    private readonly source: string,
    readonly path: string,
  ) {}

  async add(rejections: readonly Rejection[]): Promise<void> {
    for (const rejection of rejections) {
      this.count += 1;
      const row = [
        String(rejection.line),
        rejection.reason,
        rejection.field ?? '',
        rejection.detail,
        await this.textOf(rejection.line),
      ];
      await this.write(`${row.map((cell) => csvCell(cell)).join(',')}\n`);
    }
  }

  /** The line as it is in the source; empty if the rejections are not in order or the source is shorter. */
  private async textOf(line: number): Promise<string> {
    this.lines ??= linesOf(this.source, this.form);
    while (this.line < line) {
      const next = await this.lines.next();
      if (next.done === true) return '';
      this.line += 1;
      this.text = next.value;
    }
    return this.line === line ? this.text : '';
  }

  private async write(row: string): Promise<void> {
    if (!this.file) {
      this.file = createWriteStream(this.path);
      this.file.write('line,reason,field,detail,row\n');
    }
    if (!this.file.write(row)) await once(this.file, 'drain');
  }

  /** Flushes the file and lets go of the source. */
  async close(): Promise<void> {
    await this.lines?.return?.();
    if (!this.file) return;
    this.file.end();
    await once(this.file, 'finish');
  }
}
