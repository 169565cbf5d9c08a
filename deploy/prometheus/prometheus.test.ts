import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { BOARDS } from '../grafana/boards.js';
import { dashboards } from '../grafana/generate.js';
import { metricInventory, seriesIn, seriesOf } from './inventory.js';
import { METRICS_PAGE, metricsPage } from './reference.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'deploy/prometheus');
const RulesFile = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
const rules = readdirSync(join(folder, 'rules')).flatMap((file) =>
  RulesFile.parse(parse(readFileSync(join(folder, 'rules', file), 'utf8'))).groups.flatMap((group) => group.rules),
);
const inventory = metricInventory(root);
const known = new Set([...inventory.values()].flatMap(seriesOf));

describe('the metrics', () => {
  it('are all in the inventory', () => {
    const declared = ['apps', 'libs']
      .flatMap((part) => readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((f) => join(part, f)))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .filter((source) => source.includes("from 'prom-client'"))
      .reduce((sum, source) => sum + (source.match(/new (Counter|Gauge|Histogram|Summary)\b/g)?.length ?? 0), 0);
    expect(inventory.size).toBe(declared);
    expect(inventory.size).toBeGreaterThan(50);
  });

  it.each([...inventory.values()])('$name is named and explained as Prometheus advises', ({ name, type, help }) => {
    expect(name).toMatch(/^ratchet_[a-z][a-z0-9_]*[a-z0-9]$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^.{15,}\.$/);
  });

  it('page is current', () => {
    expect(readFileSync(join(root, 'docs', METRICS_PAGE), 'utf8'), 'run "npm run generate" and commit the result').toBe(
      metricsPage(root),
    );
  });
});

describe('the alert rules', () => {
  it.each(rules)('$alert uses metrics that exist', ({ expr }) => {
    expect(seriesIn(expr).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(rules)('$alert has a runbook', ({ annotations }) => {
    expect(annotations.runbook_url).toMatch(/^docs\/operations\/[a-z-]+\.md$/);
    expect(existsSync(join(root, annotations.runbook_url))).toBe(true);
  });

  it('have names of their own, and are all made to fire and to resolve by the unit tests', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const Tests = z.object({
      tests: z.array(
        z.object({ alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) }),
      ),
    });
    const checks = readdirSync(join(folder, 'tests')).flatMap((file) =>
      Tests.parse(parse(readFileSync(join(folder, 'tests', file), 'utf8'))).tests.flatMap((t) => t.alert_rule_test),
    );
    for (const alert of names) {
      const of = checks.filter(({ alertname }) => alertname === alert);
      expect(
        of.some(({ exp_alerts }) => exp_alerts.length > 0),
        `${alert} never fires in a test`,
      ).toBe(true);
      expect(of.at(-1)?.exp_alerts, `${alert} does not resolve in its last test`).toEqual([]);
    }
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  if (!promtool) process.stderr.write('SKIPPED: promtool is missing (Debian: apt-get install prometheus)\n');
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  };
  const files = (part: string): string[] => readdirSync(join(folder, part)).map((file) => `${part}/${file}`);

  it.skipIf(!promtool)('are valid', () => {
    const { status, output } = run('check', 'rules', ...files('rules'));
    expect(status, output).toBe(0);
  });

  it.skipIf(!promtool)('and the configuration is', () => {
    const { status, output } = run('check', 'config', 'prometheus.yml');
    expect(status, output).toBe(0);
  });

  it.skipIf(!promtool)(
    'fire and resolve when they should',
    () => {
      const { status, output } = run('test', 'rules', ...files('tests'));
      expect(status, output).toBe(0);
    },
    60_000,
  );
});

describe('the dashboards', () => {
  it.each([...dashboards()])('%s is current', (name, content) => {
    expect(
      readFileSync(join(root, 'deploy/grafana/dashboards', name), 'utf8'),
      'run "npm run generate" and commit the result',
    ).toBe(content);
  });

  const panels = BOARDS.flatMap((board) => board.panels.map((panel) => ({ board: board.title, ...panel })));

  it.each(panels)('$board, "$title" shows metrics that exist', ({ queries }) => {
    const used = queries.flatMap(({ expr }) => seriesIn(expr));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  it.skipIf(!promtool)('ask questions Prometheus understands', () => {
    const expressions = panels.flatMap(({ queries }) => queries.map(({ expr }) => expr.replaceAll('$model', '.*')));
    const groups = [{ name: 'panels', rules: expressions.map((expr, i) => ({ record: `panel_${i}`, expr })) }];
    const work = mkdtempSync(join(tmpdir(), 'ratchet-panels-'));
    writeFileSync(join(work, 'panels.yaml'), JSON.stringify({ groups }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', '--lint=none', 'panels.yaml'], {
      cwd: work,
      encoding: 'utf8',
    });
    rmSync(work, { recursive: true });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
