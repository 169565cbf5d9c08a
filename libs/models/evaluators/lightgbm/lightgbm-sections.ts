import { ModelFormatError } from '../evaluator.js';

/** Lines of `key=value`, and lines with neither, which are flags. */
export interface Section {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
}

/** A model's text, taken apart. */
export interface Sections {
  readonly header: Section;
  readonly trees: readonly Section[];
  /** What Python keeps of a data frame's categorical columns; null where there is nothing. */
  readonly pandasCategorical: string | null;
}

/** The bytes with the line ends that the library writes: a copy through Windows has others, which its own reader refuses. */
export function withLineFeeds(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.includes('\r\n') ? Buffer.from(buffer.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : buffer;
}

const END_OF_TREES = 'end of trees';

/**
 * Takes a model's text apart. Refuses what the library reads in another way than it looks: a key that is there twice, and
 * trees that do not start where `tree_sizes`, by which the library finds them, says. Throws ModelFormatError.
 */
export function sectionsOf(bytes: Uint8Array): Sections {
  // A character a byte, so that places in the text are places in the file.
  const text = withLineFeeds(bytes).toString('latin1');
  if (!text.includes(`\n${END_OF_TREES}`)) throw cutOff(END_OF_TREES);
  const header = new OpenSection('header');
  const trees: OpenSection[] = [];
  const starts: number[] = [];
  let open = header;
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).trimEnd();
    if (line === END_OF_TREES) {
      requireSizes(header, starts, at);
      return { header, trees, pandasCategorical: pandasCategoricalOf(text.slice(end + 1)) };
    }
    if (line.startsWith('Tree=')) {
      if (line !== `Tree=${trees.length}`)
        throw new ModelFormatError(`"${line.slice(0, 30)}" stands where Tree=${trees.length} is expected`);
      open = new OpenSection(line);
      trees.push(open);
      starts.push(at);
    } else open.add(line);
    at = end + 1;
  }
  throw cutOff(END_OF_TREES);
}

const cutOff = (missing: string): ModelFormatError =>
  new ModelFormatError(`not a whole LightGBM text model: "${missing}" is missing, so the file is cut off`);

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

class OpenSection implements Section {
  readonly values = new Map<string, string>();
  readonly flags = new Set<string>();
  private ended = false;

  constructor(readonly name: string) {}

  add(line: string): void {
    if (line === '') {
      this.ended = this.values.size > 0;
      return;
    }
    if (this.ended)
      throw new ModelFormatError(`${this.name}: goes on after an empty line, at which the library stops reading`);
    const equals = line.indexOf('=');
    if (equals < 0) {
      this.flags.add(line);
      return;
    }
    const key = line.slice(0, equals);
    if (this.values.has(key)) throw new ModelFormatError(`${this.name}: has "${key.slice(0, 60)}" twice`);
    this.values.set(key, line.slice(equals + 1));
  }
}

function requireSizes(header: Section, starts: readonly number[], end: number): void {
  const said = header.values.get('tree_sizes')?.trim();
  if (said === undefined) return;
  const sizes = said === '' ? [] : said.split(' ').map(Number);
  const wrong = starts.findIndex((start, i) => sizes[i] !== (starts[i + 1] ?? end) - start);
  if (wrong >= 0 || sizes.length !== starts.length)
    throw new ModelFormatError(
      `tree_sizes lists ${sizes.length} trees${wrong < 0 ? '' : `, of which Tree=${wrong} has ${sizes[wrong]} bytes`}, but the file holds ${starts.length}${wrong < 0 ? '' : `, and that one has ${(starts[wrong + 1] ?? end) - (starts[wrong] ?? 0)}`}; it was cut or changed`,
    );
}

const PANDAS = 'pandas_categorical:';

/** Reads what stands behind the trees: importances, parameters and the categories of a data frame. */
function pandasCategoricalOf(tail: string): string | null {
  let pandas: string | null = null;
  let part: 'none' | 'importances' | 'parameters' = 'none';
  for (const raw of tail.split('\n')) {
    const line = raw.trimEnd();
    if (part === 'parameters') {
      if (line === 'end of parameters') part = 'none';
    } else if (line === '') part = 'none';
    else if (line === 'parameters:') part = 'parameters';
    else if (line === 'feature_importances:' || line === 'feature importances:') part = 'importances';
    else if (line.startsWith(PANDAS) && pandas === null) pandas = line.slice(PANDAS.length);
    else if (part !== 'importances')
      throw new ModelFormatError(
        `has "${line.slice(0, 60)}" behind its trees, which this reader does not know; or the file is cut off there`,
      );
  }
  if (part === 'parameters') throw cutOff('end of parameters');
  if (part === 'importances') throw cutOff('parameters');
  return pandas;
}
