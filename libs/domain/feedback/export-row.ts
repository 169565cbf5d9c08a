import type { Feature, ModelDefinition } from '#contracts/model-definition';
import { deriveFromUrl } from '../encoding/url.js';

/** What a row of the dataset is exported from. */
export interface ExportedRow {
  readonly action: string | null;
  readonly label: string | null;
  readonly result: string | null;
  readonly features: Readonly<Record<string, unknown>>;
}

export type Cell = string | number | boolean | null;

export interface ExportColumn {
  readonly name: string;
  readonly cell: (row: ExportedRow) => Cell;
}

const plain = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

function featureColumn(feature: Feature): ExportColumn {
  if (feature.kind !== 'derived-from-url')
    return { name: feature.name, cell: ({ features }) => plain(features[feature.name]) };
  const { name, url, derive } = feature;
  // What the row says beats what its URL says: imported rows may have no URL left.
  return { name, cell: ({ features }) => plain(features[name]) ?? deriveFromUrl(features[url], derive) };
}

/**
 * Columns of an exported dataset: url, type (what was executed, or the class), the numbers, status (how it went),
 * domain, and the other features in the definition's order. For the default model that is the layout of the enriched
 * dataset, which can be imported again. A multi-class model has no status.
 */
export function exportColumns(definition: ModelDefinition): ExportColumn[] {
  const columns: ExportColumn[] = [];
  const urls = definition.features.find((feature) => feature.kind === 'derived-from-url');
  const url = urls?.url;
  if (url !== undefined) columns.push({ name: url, cell: ({ features }) => plain(features[url]) });
  columns.push({ name: 'type', cell: ({ action, label }) => action ?? label });
  const numbers = definition.features.filter((feature) => feature.kind === 'numeric');
  columns.push(...numbers.map(featureColumn));
  if (definition.kind === 'action-outcome') columns.push({ name: 'status', cell: ({ result }) => result });
  if (url !== undefined && !definition.features.some((feature) => feature.name === 'domain'))
    columns.push({
      name: 'domain',
      cell: ({ features }) => deriveFromUrl(features[url], 'domain') ?? plain(features.domain),
    });
  columns.push(...definition.features.filter((feature) => feature.kind !== 'numeric').map(featureColumn));
  return columns;
}

/** A value as a CSV cell (RFC 4180); booleans are 1 and 0, as the dataset has them. */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
