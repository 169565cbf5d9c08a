import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alertRulesOf, GRAFANA_RULES } from './alerts.js';
import { BOARDS, type Board } from './boards.js';
import { laidOut } from './panel.js';

/** A dashboard as Grafana's provisioning reads it. */
export function dashboard({ uid, title, description, panels }: Board) {
  return {
    uid,
    title,
    description,
    tags: ['ratchet'],
    timezone: 'browser',
    editable: true,
    schemaVersion: 39,
    version: 1,
    refresh: '15s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {}, hide: 0 },
        {
          name: 'model',
          label: 'Model',
          type: 'query',
          datasource: { type: 'prometheus', uid: '$datasource' },
          query: { query: 'label_values(ratchet_generation, model)', refId: 'models' },
          refresh: 2,
          includeAll: true,
          multi: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: laidOut(panels),
  };
}

/** File below deploy/grafana/dashboards → content. */
export const dashboards = (): Map<string, string> =>
  new Map(BOARDS.map((board) => [`${board.uid}.json`, `${JSON.stringify(dashboard(board), null, 2)}\n`]));

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = resolve('.');
  const files = [
    ...[...dashboards()].map(([name, content]) => [`deploy/grafana/dashboards/${name}`, content] as const),
    [GRAFANA_RULES, alertRulesOf(root)] as const,
  ];
  for (const [name, content] of files) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${name}`);
  }
}
