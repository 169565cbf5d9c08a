import type { Page } from 'playwright-core';
import { z } from 'zod';
import { AuditVerification } from '#contracts/http/audit';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { DESKTOP, findChromium, openBrowser } from '../browser/chromium.js';
import { FakeInstance } from '../e2e/fake-instance.js';
import { RegistryClient } from '../e2e/registry-client.js';
import { startStack, type TestStack } from '../stack/stack.js';
import { seed } from './console/seed.js';
import { forgetStatements, measureStatements, type Statement, slowestStatements } from './console/statements.js';

/** Every page of the console in Chromium, over a model that has been running for three months. */
const SIZE = { versions: 200, outcomes: 1_000_000, audit: 50_000, days: 90 };
const LOADS = 7;
const PATIENCE_MS = 60_000;

interface PageLoads {
  readonly page: string;
  readonly milliseconds: number[];
  readonly slowest: Statement | null;
}

/** Answered, drawn, and nothing asked for any more but the events, which never end. */
class Loading {
  private readonly pending = new Set<object>();

  constructor(private readonly page: Page) {
    page.on('request', (request) => {
      if (!request.url().endsWith('/v1/events')) this.pending.add(request);
    });
    page.on('requestfinished', (request) => this.pending.delete(request));
    page.on('requestfailed', (request) => this.pending.delete(request));
  }

  async over(): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    do {
      if (performance.now() > giveUpAt) throw new Error(`${this.page.url()} is not there after ${PATIENCE_MS} ms`);
      await this.page.locator('main h1').waitFor();
      await this.page.locator('.waiting').first().waitFor({ state: 'detached' });
    } while (this.pending.size > 0);
  }
}

async function loadTimes(page: Page, url: string): Promise<number[]> {
  const loading = new Loading(page);
  const times: number[] = [];
  // The first fills the browser's cache with the page itself, as somebody's first visit ever does.
  for (let load = 0; load <= LOADS; load++) {
    await page.goto('about:blank');
    const start = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await loading.over();
    if (load > 0) times.push(performance.now() - start);
  }
  page.removeAllListeners();
  return times;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const rounded = (value: number): number => Number(value.toFixed(1));

function pagesOf(versions: readonly { version: string }[], runId: string): [string, string][] {
  const [newest, before] = versions;
  return [
    ['overview', ''],
    ['versions', '/versions'],
    ['version', `/versions/${newest?.version}`],
    ['compare', `/compare/${before?.version}/${newest?.version}`],
    ['runs', '/runs'],
    ['run', `/runs/${runId}`],
    ['live', '/live'],
    ['feedback', '/feedback'],
    ['audit', '/audit'],
  ];
}

/** Somebody's first visit: a browser that has never seen the console, signed in by the tab's own storage. */
async function firstVisit(stack: TestStack, chromium: string): Promise<number> {
  const browser = await openBrowser(chromium, DESKTOP);
  try {
    const page = await browser.context.newPage();
    await page.addInitScript(`sessionStorage.setItem('ratchet.token', ${JSON.stringify(stack.token)})`);
    const loading = new Loading(page);
    const start = performance.now();
    await page.goto(`${stack.urls.registry}/#/${DEFAULT_MODEL}`, { waitUntil: 'commit' });
    await loading.over();
    return performance.now() - start;
  } finally {
    await browser.close();
  }
}

async function measure(stack: TestStack, chromium: string, pages: readonly [string, string][]): Promise<PageLoads[]> {
  const browser = await openBrowser(chromium, DESKTOP);
  try {
    const page = await browser.context.newPage();
    await page.goto(stack.urls.registry);
    await page.getByLabel('Token').fill(stack.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    const results: PageLoads[] = [];
    for (const [name, path] of pages) {
      await forgetStatements(stack);
      const milliseconds = await loadTimes(page, `${stack.urls.registry}/#/${DEFAULT_MODEL}${path}`);
      const [slowest = null] = await slowestStatements(stack);
      results.push({ page: name, milliseconds, slowest });
    }
    return results;
  } finally {
    await browser.close();
  }
}

export async function run() {
  const chromium = findChromium();
  if (chromium === null) throw new Error('There is no Chromium here. CHROMIUM_PATH names one.');
  const stack = await startStack({ services: [], env: { '*': { LOG_LEVEL: 'info' } } });
  const instances = [new FakeInstance(stack.kafka, 'serving-1'), new FakeInstance(stack.kafka, 'serving-2')];
  try {
    await measureStatements(stack);
    const seeding = performance.now();
    const history = await seed(stack, DEFAULT_MODEL, SIZE);
    process.stderr.write(`seeded in ${Math.round((performance.now() - seeding) / 1000)} s\n`);
    await Promise.all(instances.map((instance) => instance.start()));
    await Promise.all([stack.resume('registry'), stack.resume('feedback-ingest')]);
    const loads = await measure(stack, chromium, pagesOf(history.versions, history.runs[0]?.run_id ?? ''));

    const first = await firstVisit(stack, chromium);
    const verifying = performance.now();
    const verdict = await new RegistryClient(stack.urls.registry, stack.token).get(
      AuditVerification,
      '/v1/audit/verify',
    );
    if (!verdict.intact) throw new Error(verdict.detail);
    const verification = performance.now() - verifying;
    const [database] = z
      .array(z.object({ mb: z.number() }))
      .parse(await stack.query('select pg_database_size(current_database())::float8 / 1e6 as mb'));

    const figures: Record<string, number> = { ...SIZE, database_mb: rounded(database?.mb ?? Number.NaN) };
    for (const { page, milliseconds, slowest } of loads) {
      figures[`${page}_p50_ms`] = rounded(median(milliseconds));
      figures[`${page}_max_ms`] = rounded(Math.max(...milliseconds));
      figures[`${page}_slowest_statement_ms`] = rounded(slowest?.slowest_ms ?? Number.NaN);
    }
    figures.slowest_statement_ms = rounded(Math.max(...loads.map(({ slowest }) => slowest?.slowest_ms ?? 0)));
    figures.overview_first_visit_ms = rounded(first);
    figures.audit_verification_ms = rounded(verification);
    return {
      name: 'console',
      description: `each page ${LOADS} times in a new document, until everything it asks for is drawn; the slowest statement that PostgreSQL planned and executed meanwhile, for whomever`,
      figures,
      slowest_statements: Object.fromEntries(loads.map(({ page, slowest }) => [page, slowest])),
    };
  } finally {
    await Promise.all(instances.map((instance) => instance.stop().catch(() => undefined)));
    await stack.stop();
  }
}
