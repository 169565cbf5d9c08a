import type { FeatureSource, Manifest, RawRow } from '#contracts/model-package';
import { useEncoder } from '#features/kinds';
import { parseUrl, type UrlParts, urlPart } from '#features/url';
import { actionsOf } from './columns.js';

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

/**
 * Compiles a manifest's encoders. Throws when the manifest contradicts itself (its `columns` are not as many as its
 * encoders fill), which means that the package is broken.
 */
export function compileEncoder(manifest: Pick<Manifest, 'encoders' | 'columns' | 'definition'>): CompiledEncoder {
  let featureWidth = 0;
  const steps = manifest.encoders.map((encoder) => {
    const { columns, rowWriter } = useEncoder(encoder);
    const step = { source: encoder.source, write: rowWriter(), at: featureWidth };
    featureWidth += columns.length;
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
