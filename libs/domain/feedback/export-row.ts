import type { Feature, ModelDefinition } from '#contracts/model-definition';
import { kindNamed, useFeature } from '#features/kinds';
import { deriveFromUrl } from '#features/url';
import type { Cell } from './csv-cell.js';

/** What a row of the dataset is exported from. */
export interface ExportedRow {
  readonly action: string | null;
  readonly label: string | null;
  readonly result: string | null;
  readonly features: Readonly<Record<string, unknown>>;
}

export interface ExportColumn {
  readonly name: string;
  readonly cell: (row: ExportedRow) => Cell;
}

const plain = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

function featureColumn(feature: Feature): ExportColumn {
  const { name } = feature;
  const { source } = useFeature(feature);
  if (source.from === 'field') return { name, cell: ({ features }) => plain(features[source.field]) };
  // What the row says beats what its URL says: imported rows may have no URL left.
  return {
    name,
    cell: ({ features }) => plain(features[name]) ?? deriveFromUrl(features[source.field], source.derive),
  };
}

/**
 * Columns of an exported dataset: url, type (what was executed, or the class), the numbers, status (how it went),
 * domain, and the other features in the definition's order. For the default model that is the layout of the enriched
 * dataset, which can be imported again. A multi-class model has no status.
 */
export function exportColumns(definition: ModelDefinition): ExportColumn[] {
  const columns: ExportColumn[] = [];
  const url = definition.features
    .map((feature) => useFeature(feature).source)
    .find(({ from }) => from === 'url')?.field;
  if (url !== undefined) columns.push({ name: url, cell: ({ features }) => plain(features[url]) });
  columns.push({ name: 'type', cell: ({ action, label }) => action ?? label });
  const isNumber = ({ kind }: Feature): boolean => kindNamed(kind).summary === 'range';
  columns.push(...definition.features.filter(isNumber).map(featureColumn));
  if (definition.kind === 'action-outcome') columns.push({ name: 'status', cell: ({ result }) => result });
  if (url !== undefined && !definition.features.some((feature) => feature.name === 'domain'))
    columns.push({
      name: 'domain',
      cell: ({ features }) => deriveFromUrl(features[url], 'domain') ?? plain(features.domain),
    });
  columns.push(...definition.features.filter((feature) => !isNumber(feature)).map(featureColumn));
  return columns;
}
