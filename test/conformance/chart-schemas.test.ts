import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { titled } from '../stack/requirement.js';
import { CHART, CLUSTER_VALUES, helm, runHelm } from './chart.js';
import { goTool } from './go-tool.js';
import { pythonWith } from './python.js';

const kubeconform = goTool('kubeconform', 'KUBECONFORM', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0');
const missing = [helm, kubeconform].find(({ program }) => program === null) ?? kubeconform;

/** The oldest that the chart is meant for, one that many run, and the newest that there are schemas of. */
const VERSIONS = ['1.29.0', '1.33.0', '1.37.0'];
/** Kinds of operators: their schemas are not Kubernetes'. */
const FOREIGN = ['ScaledObject', 'TriggerAuthentication', 'ServiceMonitor', 'PrometheusRule'];

const Checked = z.object({
  resources: z
    .array(z.looseObject({ kind: z.string(), name: z.string(), status: z.string(), msg: z.string() }))
    .default([]),
  summary: z.object({ valid: z.int(), invalid: z.int(), errors: z.int(), skipped: z.int() }),
});

describe.skipIf(missing.program === null)(titled("Kubernetes' own schemas", missing), () => {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-chart-'));
  const manifests = join(folder, 'manifests.yaml');
  beforeAll(async () => {
    // Offline copies of the OpenAPI of each release, as JSON schemas that refuse what they do not know.
    const python = await pythonWith(['kubernetes-validate==1.37.0'], 'venv-kubernetes');
    const libraries = join(dirname(dirname(python)), 'lib');
    const [version = ''] = readdirSync(libraries);
    const source = join(libraries, version, 'site-packages/kubernetes_validate/kubernetes-json-schema');
    // They name themselves, and refer to their parts, by addresses elsewhere; as files they lie beside each other.
    const Named = z.looseObject({ $id: z.string().optional() });
    for (const release of VERSIONS) {
      const [from, to] = [join(source, `v${release}-local-strict`), join(folder, release)];
      mkdirSync(to);
      for (const file of readdirSync(from)) {
        const { $id: _, ...schema } = Named.parse(JSON.parse(readFileSync(join(from, file), 'utf8')));
        writeFileSync(
          join(to, file),
          JSON.stringify(schema).replaceAll('"/api/_definitions.json#', '"_definitions.json#'),
        );
      }
    }
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const check = (version: string, text: string) => {
    writeFileSync(manifests, text);
    const { stdout, stderr } = spawnSync(
      kubeconform.program ?? '',
      [
        ...['-strict', '-output', 'json', '-verbose', '-summary', '-kubernetes-version', version],
        ...['-skip', FOREIGN.join(','), '-schema-location'],
        `${folder}/${version}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
        manifests,
      ],
      { encoding: 'utf8' },
    );
    const { resources, summary } = Checked.parse(JSON.parse(stdout || `"${stderr}"`));
    return { summary, problems: resources.filter(({ status }) => !/Valid|Skipped/.test(status)), resources };
  };
  const render = (...args: string[]): string => {
    const { status, stdout, output } = runHelm('template', 'test', CHART, '-f', CLUSTER_VALUES, ...args);
    expect(status, output).toBe(0);
    return stdout;
  };

  it.each(VERSIONS)('accept the chart in %s, with everything turned on and with KEDA', (version) => {
    for (const args of [[], ['--set', 'keda.enabled=true']]) {
      const { problems, summary, resources } = check(version, render(...args));
      expect(problems).toEqual([]);
      expect(summary.valid).toBeGreaterThan(15);
      expect(summary.skipped).toBe(resources.filter(({ kind }) => FOREIGN.includes(kind)).length);
    }
  });

  it('would tell a mistake', () => {
    const { problems } = check('1.33.0', render().replace('terminationGracePeriodSeconds:', 'gracePeriod:'));
    expect(problems).not.toEqual([]);
  });
});
