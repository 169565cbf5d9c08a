import type { Encoder, FeatureSource, Manifest, RawRow } from '#contracts/model-package';
import { readBoolean, readCategory, readNumber } from './coercion.js';
import { actionsOf, encoderWidth } from './columns.js';
import { parseUrl, type UrlParts, urlPart } from './url.js';

/** Writes raw rows into a row-major float32 matrix. Reusable, holds no row, never fails on a value. */
export interface CompiledEncoder {
  /** Columns of one row, the action's included. */
  readonly width: number;
  /** Writes the feature columns at out[offset …] and zeroes the action columns behind them. NaN is missing. */
  encode(row: RawRow, out: Float32Array, offset: number): void;
  /** Sets the action columns of the row that starts at offset, so one encoded row serves every action in turn. */
  encodeAction(action: string, out: Float32Array, offset: number): void;
}

/** Reads one row's values; a URL that several features derive from is parsed once a row. */
class RowReader {
  private row: RawRow = {};
  private readonly urls = new Map<string, UrlParts | null>();

  start(row: RawRow): void {
    this.row = row;
    this.urls.clear();
  }

  value(source: FeatureSource): unknown {
    if (source.from === 'field') return this.row[source.field];
    let parts = this.urls.get(source.field);
    if (parts === undefined) {
      parts = parseUrl(this.row[source.field]);
      this.urls.set(source.field, parts);
    }
    return urlPart(parts, source.derive);
  }
}

type Write = (value: unknown, out: Float32Array, at: number) => void;

/** Writes one number and, where asked, the column that says it was missing. */
function numberWriter(read: (value: unknown) => number | null, fill: number | null, indicator: boolean): Write {
  const missing = fill ?? Number.NaN;
  return (value, out, at) => {
    const number = read(value);
    out[at] = number ?? missing;
    if (indicator) out[at + 1] = number === null ? 1 : 0;
  };
}

function writerOf(encoder: Encoder): Write {
  switch (encoder.encoding) {
    case 'numeric':
      return numberWriter(readNumber, encoder.fill, encoder.indicator);
    case 'boolean':
      return numberWriter(readBoolean, encoder.fill, encoder.indicator);
    case 'one-hot': {
      const positions = new Map(encoder.categories.map((category, i) => [category, i]));
      const width = encoder.categories.length + 1;
      return (value, out, at) => {
        const category = readCategory(value);
        out.fill(0, at, at + width);
        out[at + ((category === null ? undefined : positions.get(category)) ?? width - 1)] = 1;
      };
    }
    case 'ordinal': {
      const positions = new Map(encoder.categories.map((category, i) => [category, i]));
      return (value, out, at) => {
        const category = readCategory(value);
        out[at] = category === null ? Number.NaN : (positions.get(category) ?? encoder.categories.length);
      };
    }
  }
}

/**
 * Compiles a manifest's encoders. Throws when the manifest contradicts itself (its `columns` are not as many as its
 * encoders fill), which means that the package is broken.
 */
export function compileEncoder(manifest: Pick<Manifest, 'encoders' | 'columns' | 'definition'>): CompiledEncoder {
  let featureWidth = 0;
  const steps = manifest.encoders.map((encoder) => {
    const step = { source: encoder.source, write: writerOf(encoder), at: featureWidth };
    featureWidth += encoderWidth(encoder);
    return step;
  });
  const actions = new Map(actionsOf(manifest.definition).map((action, i) => [action, i]));
  const width = featureWidth + actions.size;
  if (width !== manifest.columns.length)
    throw new RangeError(
      `manifest of "${manifest.definition.name}": its encoders fill ${width} columns, but it lists ${manifest.columns.length}; the package is broken, train it again`,
    );
  const reader = new RowReader();
  return {
    width,
    encode(row, out, offset) {
      reader.start(row);
      for (const step of steps) step.write(reader.value(step.source), out, offset + step.at);
      out.fill(0, offset + featureWidth, offset + width);
    },
    encodeAction(action, out, offset) {
      const position = actions.get(action);
      if (position === undefined)
        throw new RangeError(
          `action "${action}" is not one of the model's: ${[...actions.keys()].join(', ') || 'it has none'}`,
        );
      out.fill(0, offset + featureWidth, offset + width);
      out[offset + featureWidth + position] = 1;
    },
  };
}
