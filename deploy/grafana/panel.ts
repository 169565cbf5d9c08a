/** What one panel shows: queries with a legend each. */
export interface Panel {
  readonly title: string;
  readonly kind: 'timeseries' | 'stat' | 'table' | 'state-timeline';
  readonly queries: readonly { readonly expr: string; readonly legend: string; readonly instant?: boolean }[];
  /** Of 24 columns. */
  readonly width: number;
  readonly height?: number;
  readonly unit?: 's' | 'percentunit' | 'short' | 'reqps' | 'dateTimeFromNow';
  readonly description?: string;
  readonly min?: number;
  readonly max?: number;
  /** Green below the first, red from it on. */
  readonly bad?: number;
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const HEIGHT = 8;
const COLUMNS = 24;

const thresholds = (bad: number | undefined) => ({
  mode: 'absolute',
  steps: [{ color: 'green', value: null }, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])],
});

/** A panel in Grafana's words, at a place of the grid. */
export function grafanaPanel(panel: Panel, id: number, x: number, y: number) {
  const { title, kind, queries, width, unit = 'short', description, min, max, bad } = panel;
  return {
    id,
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: DATASOURCE,
    gridPos: { x, y, w: width, h: panel.height ?? HEIGHT },
    fieldConfig: {
      defaults: {
        unit,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        thresholds: thresholds(bad),
        ...(kind === 'timeseries' ? { custom: { lineWidth: 2, fillOpacity: 8, spanNulls: true } } : {}),
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
            textMode: 'value_and_name',
            colorMode: bad === undefined ? 'none' : 'value',
          }
        : kind === 'timeseries'
          ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } }
          : {},
    targets: queries.map(({ expr, legend, instant }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: instant !== true,
      instant: instant === true,
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  };
}

/** Panels from left to right; one that does not fit any more begins the next row. */
export function laidOut(panels: readonly Panel[]) {
  let x = 0;
  let y = 0;
  let tallest = 0;
  return panels.map((panel, i) => {
    if (x + panel.width > COLUMNS) {
      x = 0;
      y += tallest;
      tallest = 0;
    }
    const placed = grafanaPanel(panel, i + 1, x, y);
    x += panel.width;
    tallest = Math.max(tallest, panel.height ?? HEIGHT);
    return placed;
  });
}
