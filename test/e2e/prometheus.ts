import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { freePort } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { firstThatStarts, type Requirement } from '../stack/requirement.js';

export const PROMETHEUS: Requirement = {
  name: 'Prometheus',
  program: firstThatStarts('prometheus'),
  remedy: 'on Debian, apt-get install prometheus',
};

const Alerts = z.object({
  data: z.object({
    alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.enum(['pending', 'firing']) })),
  }),
});

/** A real Prometheus that scrapes every second. */
export class TestPrometheus {
  /** Names of the alerts that were seen to resolve, after they had fired. */
  readonly resolved = new Set<string>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly url: string,
    private readonly folder: string,
  ) {}

  /** @param targets address (`http://host:port`) of every service, by its job */
  static async start(targets: Readonly<Record<string, readonly string[]>>, rules: string): Promise<TestPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-prometheus-'));
    const port = await freePort();
    await writeFile(join(folder, 'rules.yaml'), rules);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: Object.entries(targets).map(([job, urls]) => ({
        job_name: job,
        static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
      })),
    };
    await writeFile(join(folder, 'prometheus.yml'), stringify(config));
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new TestPrometheus(child, `http://127.0.0.1:${port}`, folder);
    await until('Prometheus', async () => (await fetch(`${prometheus.url}/-/ready`)).ok, { deadlineMs: 60_000 });
    return prometheus;
  }

  /** Names of the alerts that fire. */
  async firing(): Promise<Set<string>> {
    const { data } = Alerts.parse(await (await fetch(`${this.url}/api/v1/alerts`)).json());
    return new Set(data.alerts.flatMap(({ labels, state }) => (state === 'firing' ? [labels.alertname ?? ''] : [])));
  }

  async fires(...names: readonly string[]): Promise<void> {
    const seen = new Set<string>();
    await until(
      `${names.join(' and ')} to fire`,
      async () => {
        for (const name of await this.firing()) seen.add(name);
        if (names.every((name) => seen.has(name))) return true;
        throw new Error(`only ${[...seen].join(', ') || 'nothing'} has`);
      },
      { deadlineMs: 240_000, everyMs: 300 },
    );
  }

  async resolves(...names: readonly string[]): Promise<void> {
    await until(
      `${names.join(' and ')} to resolve`,
      async () => {
        const firing = await this.firing();
        const left = names.filter((name) => firing.has(name));
        if (left.length === 0) return true;
        throw new Error(`${left.join(', ')} still fires`);
      },
      { deadlineMs: 240_000, everyMs: 300 },
    );
    for (const name of names) this.resolved.add(name);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      this.process.kill('SIGTERM');
      await once(this.process, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
