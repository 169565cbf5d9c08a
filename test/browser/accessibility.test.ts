import type { Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../stack/requirement.js';
import { DARK, DESKTOP, type Look, PHONE } from './chromium.js';
import { builtConsole, CHROMIUM, ConsolePage } from './console-page.js';
import { uuidOf } from './fixture/names.js';
import { type Scenario, worldOf } from './fixture/scenarios.js';
import { FixtureServer, TOKENS } from './fixture/server.js';

const NOW = new Date('2026-03-12T10:00:00Z');
const LOOKS: readonly (readonly [string, Look])[] = [
  ['light', DESKTOP],
  ['dark', DARK],
  ['phone', PHONE],
];

const PAGES: readonly (readonly [string, string])[] = [
  ['overview', ''],
  ['versions', '/versions'],
  ['version', '/versions/v2.4.0'],
  ['compare', '/compare/v2.3.0/v2.4.0'],
  ['runs', '/runs'],
  ['run', `/runs/${uuidOf('run v2.4.0')}`],
  ['live', '/live'],
  ['feedback', '/feedback'],
  ['audit', '/audit'],
  ['deployments', '/deployments'],
  ['filtered', '/versions?versions.state=superseded&versions.find=v1'],
];

/** What the documentation shows. */
const IN_DOCS = new Set([
  'overview-light',
  'overview-dark',
  'overview-phone',
  'version-light',
  'live-light',
  'run-light',
]);

describe.skipIf(CHROMIUM.program === null).each(LOOKS)(titled('every page in %s', CHROMIUM), (lookName, look) => {
  let server: FixtureServer;
  let url: string;
  let screen: ConsolePage | null = null;

  const open = async (scenario: Scenario): Promise<ConsolePage> => {
    server.use(worldOf(scenario, () => NOW));
    screen = await ConsolePage.open(url, look, NOW);
    return screen;
  };

  beforeAll(async () => {
    server = new FixtureServer(
      worldOf('usual', () => NOW),
      builtConsole(),
    );
    url = await server.listen();
  });
  afterAll(() => server.close());
  afterEach(async () => {
    await screen?.close();
    screen = null;
  });

  async function check(page: ConsolePage, name: string): Promise<void> {
    await page.picture(`${name}-${lookName}`, { docs: IN_DOCS.has(`${name}-${lookName}`) });
    expect(await page.violations(), name).toEqual([]);
    expect(await page.overflow(), `${name} is wider than its window`).toBe(0);
    expect(await page.cutTables(), `${name} hides columns at its right`).toEqual([]);
  }

  it('has no serious violation and fits its window', async () => {
    const page = await open('usual');
    await page.page.goto(url);
    await page.page.getByLabel('Token').waitFor();
    await check(page, 'sign-in');
    await page.signIn(TOKENS.operator);
    for (const [name, path] of PAGES) {
      await page.visit(`#/backlink-outcome${path}`);
      await check(page, name);
    }
    expect(page.complaints).toEqual([]);
  });

  it('nor have its dialogs', async () => {
    const page = await open('usual');
    await page.signIn(TOKENS.operator);
    await page.page.getByRole('button', { name: 'Roll back' }).click();
    await page.page.getByRole('dialog').waitFor();
    await page.page.getByLabel('Reason').fill('Captchas everywhere since noon');
    await page.picture(`rollback-${lookName}`, { docs: lookName === 'light' });
    expect(await page.violations()).toEqual([]);
  });

  it('nor have the empty pages', async () => {
    const page = await open('empty');
    await page.signIn(TOKENS.operator);
    for (const [name, path] of PAGES.filter(([name]) =>
      ['versions', 'runs', 'live', 'feedback', 'audit'].includes(name),
    )) {
      await page.visit(`#/backlink-outcome${path}`);
      await check(page, `${name}-empty`);
    }
  });

  it('nor have those with names of every length', async () => {
    const page = await open('long');
    await page.enter(TOKENS.operator);
    await page.page.getByRole('table', { name: 'All models' }).waitFor();
    await check(page, 'models-long');
    for (const [name, path] of PAGES) {
      await page.visit(`#/backlink-outcome${path}`);
      await check(page, `${name}-long`);
    }
  });

  it('nor has what is shown when something fails', async () => {
    const page = await open('usual');
    const away = (route: Route): Promise<void> => route.abort('connectionrefused');
    await page.page.route('**/v1/whoami', away);
    await page.page.goto(url);
    await page.page.getByLabel('Token').fill(TOKENS.operator);
    await page.page.getByRole('button', { name: 'Sign in' }).click();
    await page.page.getByText('The registry does not answer', { exact: true }).waitFor();
    await check(page, 'unreachable');
    await page.page.unroute('**/v1/whoami', away);
    await page.page.getByRole('button', { name: 'Try again' }).click();
    await page.page.getByRole('navigation', { name: 'Pages' }).waitFor();

    const detail = 'PostgreSQL does not answer. Look at its log and at DATABASE_URL.';
    const problem = (status: number) => (route: Route) =>
      route.fulfill({
        status,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Not possible now', status, detail }),
      });
    await page.page.route('**/v1/audit?*', problem(503));
    await page.visit('#/backlink-outcome/audit');
    await page.page.getByRole('alert').filter({ hasText: detail }).waitFor();
    await check(page, 'failed');

    // A token that was revoked meanwhile: back to the sign-in, with the reason.
    await page.page.route('**/v1/metrics/drift?*', problem(401));
    await page.visit('#/backlink-outcome/live');
    await page.page.getByLabel('Token').waitFor();
    await page.page.getByRole('alert').filter({ hasText: detail }).waitFor();
    await check(page, 'signed-out');
  });

  it('nor has the list of models, nor the bar of pages on a page that is far along it', async () => {
    const page = await open('several');
    await page.enter(TOKENS.operator);
    await page.page.getByRole('table', { name: 'All models' }).waitFor();
    await page.settle();
    await check(page, 'models');
    await page.visit('#/backlink-outcome/audit');
    await page.settle();
    const inSight = await page.inPage<boolean>(
      `(({ left, right }) => left >= 0 && right <= innerWidth + 1)(document.querySelector('.nav [aria-current="page"]').getBoundingClientRect())`,
    );
    expect(inSight).toBe(true);
    server.use(worldOf('busy', () => NOW));
    await page.page.reload();
    for (const [name, hash] of [
      ['models-busy', '#/'],
      ['overview-busy', '#/backlink-outcome'],
    ] as const) {
      await page.visit(hash);
      await page.page.getByRole('region', { name: /^In progress/ }).waitFor();
      await check(page, name);
    }
  });

  it.each<Scenario>(['empty', 'trouble', 'canary', 'trial'])(
    'nor has the overview when the scenario is %s',
    async (scenario) => {
      const page = await open(scenario);
      await page.signIn(TOKENS.operator);
      await page.settle();
      await check(page, `overview-${scenario}`);
    },
  );
});
