import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { metricInventory, seriesIn, seriesOf } from '../prometheus/inventory.js';
import { alertRules, alertRulesOf, GRAFANA_RULES, PROMETHEUS_RULES } from './alerts.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'deploy/grafana/provisioning/alerting');
const load = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));

/*
 * The fields that Grafana 12 reads from a file of its alerting provisioning, and what it refuses: see "Use configuration files to
 * provision alerting resources" in its documentation. What it does not know it ignores without a word, hence strict.
 */
const Duration = z.string().regex(/^(\d+(y|w|d|h|m|s|ms))+$/);
const Uid = z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/);
const Text = z.string().min(1);
const Window = z.strictObject({ from: z.int().min(0), to: z.int().min(0) });
const ExpressionSource = z.strictObject({ type: z.literal('__expr__'), uid: z.literal('__expr__') });
const Ask = z.strictObject({
  refId: Text,
  datasourceUid: Uid,
  relativeTimeRange: Window.refine(({ from, to }) => from > to),
  model: z.strictObject({
    refId: Text,
    datasource: z.strictObject({ type: z.literal('prometheus'), uid: Uid }),
    expr: Text,
    instant: z.literal(true),
    range: z.literal(false),
  }),
});
const MathStep = z.strictObject({
  refId: Text,
  datasourceUid: z.literal('__expr__'),
  relativeTimeRange: Window,
  model: z.strictObject({ refId: Text, datasource: ExpressionSource, type: z.literal('math'), expression: Text }),
});
const Threshold = z.strictObject({
  refId: Text,
  datasourceUid: z.literal('__expr__'),
  relativeTimeRange: Window,
  model: z.strictObject({
    refId: Text,
    datasource: ExpressionSource,
    type: z.literal('threshold'),
    expression: Text,
    conditions: z
      .array(z.strictObject({ evaluator: z.strictObject({ type: z.literal('gt'), params: z.tuple([z.number()]) }) }))
      .length(1),
  }),
});
const RulesFile = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: Text,
      folder: Text,
      interval: Duration,
      rules: z.array(
        z.strictObject({
          uid: Uid,
          title: Text,
          condition: Text,
          data: z.tuple([Ask, MathStep, Threshold]),
          for: Duration,
          noDataState: z.enum(['OK', 'NoData', 'Alerting', 'KeepLast']),
          execErrState: z.enum(['OK', 'Error', 'Alerting', 'KeepLast']),
          missing_series_evals_to_resolve: z.int().min(0),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
          isPaused: z.boolean(),
        }),
      ),
    }),
  ),
});
const ContactPointsFile = z.strictObject({
  apiVersion: z.literal(1),
  contactPoints: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: Text,
      receivers: z
        .array(
          z.strictObject({
            uid: Uid,
            type: z.literal('prometheus-alertmanager'),
            settings: z.strictObject({ url: z.url() }),
            disableResolveMessage: z.boolean(),
          }),
        )
        .min(1),
    }),
  ),
});
const Route = {
  receiver: Text,
  group_by: z.array(Text).optional(),
  group_wait: Duration,
  group_interval: Duration,
  repeat_interval: Duration,
};
const PoliciesFile = z.strictObject({
  apiVersion: z.literal(1),
  policies: z
    .array(
      z.strictObject({
        orgId: z.literal(1),
        ...Route,
        routes: z.array(
          z.strictObject({
            ...Route,
            object_matchers: z.array(z.tuple([Text, z.enum(['=', '!=', '=~', '!~']), Text])),
          }),
        ),
      }),
    )
    .length(1),
});

const { groups } = RulesFile.parse(load('rules.yaml'));
const rules = groups.flatMap((group) => group.rules);
const PrometheusRules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});
const prometheus = PrometheusRules.parse(parse(readFileSync(join(root, PROMETHEUS_RULES), 'utf8'))).groups;

describe("Grafana's alert rules", () => {
  it('are those of Prometheus, expression by expression', () => {
    expect(readFileSync(join(root, GRAFANA_RULES), 'utf8'), 'run "npm run generate" and commit the result').toBe(
      alertRulesOf(root),
    );
    expect(
      groups.map(({ name, rules }) => ({
        name,
        rules: rules.map(({ title, data, for: patience, labels }) => [title, data[0].model.expr, patience, labels]),
      })),
    ).toEqual(
      prometheus.map(({ name, rules }) => ({
        name,
        rules: rules.map(({ alert, expr, for: patience = '0s', labels }) => [alert, expr.trim(), patience, labels]),
      })),
    );
  });

  it('have uids of their own, and steps that lead from the question to the condition', () => {
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    for (const { data, condition } of rules) {
      const [ask, math, threshold] = data;
      expect(math.model.expression).toContain(`$${ask.refId}`);
      expect(threshold.model.expression).toBe(math.refId);
      expect(condition).toBe(threshold.refId);
      for (const { refId, model } of data) expect(model.refId).toBe(refId);
    }
  });

  it('are evaluated at a multiple of 10 seconds, as Grafana wants it', () => {
    for (const { interval } of groups) expect(Number(interval.replace(/s$/, '')) % 10).toBe(0);
  });

  it('ask the data source that is provisioned', () => {
    const Sources = z.object({ datasources: z.array(z.object({ uid: z.string(), type: z.string() })) });
    const { datasources } = Sources.parse(load('../datasources/prometheus.yaml'));
    for (const { data } of rules)
      expect(datasources).toContainEqual({ uid: data[0].datasourceUid, type: data[0].model.datasource.type });
  });

  const known = new Set([...metricInventory(root).values()].flatMap(seriesOf));
  it.each(rules)('$title uses metrics that exist, and has a runbook', ({ data, annotations }) => {
    expect(seriesIn(data[0].model.expr).filter((name) => !known.has(name))).toEqual([]);
    expect(existsSync(join(root, annotations.runbook_url ?? 'missing'))).toBe(true);
  });

  it('say their value in the words of Grafana, and nothing that it would take for a variable of its environment', () => {
    const said = rules.flatMap(({ annotations }) => Object.values(annotations));
    expect(said.filter((text) => /\$value\b/.test(text))).toEqual([]);
    expect(said.some((text) => text.includes('$values.A.Value'))).toBe(true);
    expect(said.filter((text) => text.includes('${') || text.includes('$__'))).toEqual([]);
    for (const { title, uid, labels } of rules)
      expect([title, uid, ...Object.values(labels)].join()).not.toContain('$');
  });

  it('keep nothing back when a rule of Prometheus has a field that Grafana is not told of', () => {
    const odd =
      'groups: [{ name: g, rules: [{ alert: A, expr: up, keep_firing_for: 5m, labels: {}, annotations: {} }] }]';
    expect(() => alertRules(odd)).toThrow('keep_firing_for');
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  it.skipIf(!promtool)('fire by their fault and resolve, by the expressions as Grafana asks them', () => {
    const work = mkdtempSync(join(tmpdir(), 'ratchet-grafana-'));
    const texts = new Map(prometheus.flatMap((group) => group.rules.map((rule) => [rule.alert, rule.annotations])));
    const asked = groups.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ title, data, for: patience, labels }) => ({
        alert: title,
        expr: data[0].model.expr,
        for: patience,
        labels,
        annotations: texts.get(title) ?? {},
      })),
    }));
    writeFileSync(join(work, 'asked.yaml'), JSON.stringify({ groups: asked }));
    const tests = join(root, 'deploy/prometheus/tests');
    for (const name of readdirSync(tests)) {
      const test = z
        .looseObject({ rule_files: z.array(z.string()) })
        .parse(parse(readFileSync(join(tests, name), 'utf8')));
      writeFileSync(join(work, name), JSON.stringify({ ...test, rule_files: ['asked.yaml'] }));
    }
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', ...readdirSync(tests)], {
      cwd: work,
      encoding: 'utf8',
    });
    rmSync(work, { recursive: true });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});

describe("Grafana's contact point and policies", () => {
  const { contactPoints } = ContactPointsFile.parse(load('contact-points.yaml'));
  const { policies } = PoliciesFile.parse(load('policies.yaml'));

  it('lead to a contact point that is there', () => {
    const names = contactPoints.map(({ name }) => name);
    for (const { receiver, routes } of policies)
      for (const each of [receiver, ...routes.map((route) => route.receiver)]) expect(names).toContain(each);
  });

  it('hold every severity that a rule has', () => {
    const severities = new Set(rules.map(({ labels }) => labels.severity));
    const matched = policies.flatMap(({ routes }) => routes.flatMap(({ object_matchers }) => object_matchers));
    for (const [label, , value] of matched) {
      expect(label).toBe('severity');
      expect(severities).toContain(value);
    }
  });
});
