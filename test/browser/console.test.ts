import { gzipSync } from 'node:zlib';
import type { Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { titled } from '../stack/requirement.js';
import { DESKTOP, PHONE } from './chromium.js';
import { builtConsole, CHROMIUM, ConsolePage } from './console-page.js';
import { type Scenario, worldOf } from './fixture/scenarios.js';
import { FixtureServer, TOKENS } from './fixture/server.js';
import type { World } from './fixture/world.js';

const NOW = new Date('2026-03-12T10:00:00Z');
const MODEL = '#/backlink-outcome';

describe.skipIf(CHROMIUM.program === null)(titled('the console', CHROMIUM), () => {
  let world: World;
  let server: FixtureServer;
  let url: string;
  let screen: ConsolePage;

  function play(scenario: Scenario): void {
    world = worldOf(scenario, () => NOW);
    server.use(world);
  }

  beforeAll(async () => {
    world = worldOf('usual', () => NOW);
    server = new FixtureServer(world, builtConsole());
    url = await server.listen();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    play('usual');
    screen = await ConsolePage.open(url, DESKTOP, NOW);
  });
  afterEach(() => screen.close());

  const button = (name: string) => screen.page.getByRole('button', { name });
  const dialog = () => screen.page.getByRole('dialog');

  /** Lets everything happen that follows from a command, as soon as it has come. */
  async function playOut(): Promise<void> {
    await expect.poll(() => world.step()).toBe(true);
    while (world.step());
  }

  describe('signing in', () => {
    it('refuses an unknown token and says why', async () => {
      await screen.page.goto(url);
      await screen.page.getByLabel('Token').fill('not-a-token');
      await button('Sign in').click();
      await screen.page.getByRole('alert').filter({ hasText: 'This token is not known here' }).waitFor();
    });

    it('keeps the token for the tab alone, until one signs out', async () => {
      await screen.signIn(TOKENS.operator);
      expect(await screen.inPage('[sessionStorage.length, localStorage.length]')).toEqual([1, 0]);
      await screen.page.reload();
      await screen.page.getByText('maria').waitFor();
      await button('Sign out').click();
      await screen.page.getByLabel('Token').waitFor();
      expect(await screen.inPage('sessionStorage.length')).toBe(0);
    });

    it('needs no second sign-in in a second tab, and signs out of both; another browser has to sign in', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.settle();
      const second = await screen.page.context().newPage();
      await second.goto(url);
      await second.getByText('maria').waitFor();
      const other = await ConsolePage.open(url, DESKTOP, NOW);
      try {
        await other.page.goto(url);
        await other.page.getByLabel('Token').waitFor();
        expect(await other.inPage('sessionStorage.length')).toBe(0);
        await second.getByRole('button', { name: 'Sign out' }).click();
        await screen.page.getByLabel('Token').waitFor();
        expect(await screen.inPage('sessionStorage.length')).toBe(0);
        // Nobody is left to ask.
        await second.reload();
        await second.getByLabel('Token').waitFor();
      } finally {
        await other.close();
      }
    });

    it('keeps the token while the registry cannot say whose it is', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.page.route('**/v1/whoami', (route) => route.fulfill({ status: 500, body: '' }));
      await screen.page.reload();
      await screen.page.getByRole('heading', { name: 'The registry cannot answer now' }).waitFor();
      await screen.page.unrouteAll();
      await button('Try again').click();
      await screen.page.getByText('maria').waitFor();
    });

    it('works by keyboard alone', async () => {
      await screen.page.goto(url);
      await screen.page.getByLabel('Token').waitFor();
      await screen.page.keyboard.type(TOKENS.viewer);
      await screen.page.keyboard.press('Enter');
      await screen.page.getByText('anna').waitFor();
      // The form is gone; what comes has the focus, and what stays is not asked for again.
      await expect.poll(() => screen.inPage('document.activeElement?.tagName')).toBe('H1');
    });

    it('leaves the focus at the beginning of a page that is only loaded again', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.page.reload();
      await screen.settle();
      expect(await screen.inPage('document.activeElement?.tagName')).toBe('BODY');
    });
  });

  it('leads by keyboard to every page, with the focus on what was asked for', async () => {
    const focused = () => screen.inPage<string>('document.activeElement?.textContent ?? ""');
    const { keyboard } = screen.page;
    await screen.signIn(TOKENS.viewer);
    await screen.settle();
    await screen.page.reload();
    await screen.settle();
    await keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await keyboard.press('Enter');
    expect(await screen.inPage('document.activeElement?.id')).toBe('content');
    await screen.page.getByRole('link', { name: 'Runs', exact: true }).focus();
    await keyboard.press('Enter');
    await expect.poll(focused).toBe('Runs');
    await screen.page.getByRole('row').filter({ hasText: 'v1.0.0' }).getByRole('link').first().focus();
    await keyboard.press('Enter');
    await expect.poll(focused).toMatch(/^Run [0-9a-f]{8}/);
    // The log scrolls, so it can be reached; nothing on the way there holds the focus.
    await screen.page.getByRole('region', { name: /^Log of run/ }).waitFor();
    for (let presses = 0; presses < 10; presses++) {
      if (await screen.inPage('document.activeElement?.classList.contains("log-lines")')) break;
      await keyboard.press('Tab');
    }
    expect(await screen.inPage('document.activeElement?.className')).toBe('log-lines');
  });

  it('needs nothing from elsewhere and breaks no rule of its policy', async () => {
    const asked: string[] = [];
    screen.page.on('request', (request) => asked.push(request.url()));
    await screen.signIn(TOKENS.operator);
    await screen.settle();
    expect(asked.filter((address) => !address.startsWith(url))).toEqual([]);
    expect(screen.complaints).toEqual([]);
    const script = asked.find((address) => address.endsWith('.js'));
    const source = await (await fetch(script ?? '')).text();
    expect(source).not.toContain('ZodError');
    // As it is sent. Whatever doubles it should be noticed.
    expect(gzipSync(source).length).toBeLessThan(200_000);
  });

  it('shows the state of the model on one page', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.settle();
    const page = screen.page.locator('main');
    for (const text of [
      'All 2 instances serve v2.3.0.',
      'Generation 13',
      '48,213',
      'Way back: v2.1.0, warm everywhere',
    ])
      await page.getByText(text).first().waitFor();
    await page
      .getByRole('region', { name: 'Accuracy now' })
      .or(page.getByText(/Reference 81\.3/))
      .first()
      .waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'serving-7410' }).textContent()).toContain('v2.3.0');
  });

  it('tells failures and drift beside accuracy', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/live`);
    await screen.page.getByRole('img', { name: '4 versions over time by their failure rate' }).waitFor();
    const drift = screen.page.getByRole('region', { name: 'Drift of the inputs' });
    await drift.getByText('5,000 rows against those of v2.3.0').waitFor();
    const [, first] = await drift.getByRole('row').allTextContents();
    expect(first).toMatch(/platform_guess.*drifted/);
  });

  describe('the chart of accuracy', () => {
    const chart = () => screen.page.locator('figure.chart').first();

    it('keeps its legend while it tells what is under the pointer', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/live`);
      const legend = chart().locator('.legend');
      const before = await legend.allTextContents();
      expect(before).toEqual(expect.arrayContaining(['v2.3.0, live now', 'other versions', 'promoted']));
      const height = async () => (await chart().boundingBox())?.height;
      const usual = await height();
      const line = await chart().locator('.chart-series-live .chart-line').first().boundingBox();
      if (line === null) throw new Error('the live version has no line');
      await screen.page.mouse.move(line.x + line.width / 2, line.y + line.height / 2);
      await chart()
        .locator('.chart-hovered')
        .filter({ hasText: /accuracy \d/ })
        .waitFor();
      expect(await legend.allTextContents()).toEqual(before);
      expect(await height()).toBe(usual);
      await screen.picture('chart-hovered');
    });

    it('keeps intervals inside the plot, and marks apart', async () => {
      const [last] = world.history.deployments;
      if (last === undefined) throw new Error('the fixture has no deployments');
      world.history.deployments.push({ ...last, deployment_id: '00000000-0000-4000-8000-0000000000aa' });
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/live`);
      await chart().locator('.chart-band').first().waitFor({ state: 'attached' });
      const [clipped, top, bottom, first, axis] = await screen.inPage<[boolean, ...number[]]>(`(() => {
        const chart = document.querySelector('figure.chart');
        const { y, height } = chart.querySelector('clipPath rect').getBBox();
        const lines = [...chart.querySelectorAll('.chart-grid')].map((line) => line.y1.baseVal.value);
        const clipped = [...chart.querySelectorAll('.chart-band, .chart-whisker')].every((band) => band.closest('[clip-path]'));
        return [clipped, y, y + height, Math.min(...lines), Math.max(...lines)];
      })()`);
      expect(clipped).toBe(true);
      expect(first).toBeGreaterThanOrEqual(top ?? 0);
      expect(axis).toBeLessThanOrEqual(bottom ?? 0);
      const heads = await screen.inPage<number[]>(
        `[...document.querySelector('figure.chart').querySelectorAll('.chart-mark-head path')].map((mark) => mark.getBoundingClientRect()).sort((a, b) => a.left - b.left).flatMap(({ left }, i, all) => i === 0 ? [] : [left - all[i - 1].right])`,
      );
      for (const room of heads) expect(room).toBeGreaterThanOrEqual(0);
      await chart().locator('.chart-mark-count', { hasText: '2' }).first().waitFor();
    });

    it('names a version of which it has a single point', async () => {
      await screen.page.route('**/v1/metrics/accuracy**', async (route) => {
        const response = await route.fetch();
        await route.fulfill({
          response,
          json: z
            .array(z.unknown())
            .parse(await response.json())
            .slice(-1),
        });
      });
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/live`);
      await chart().locator('.chart-point').waitFor();
      expect(await chart().locator('.chart-label').allTextContents()).toEqual(['v2.3.0']);
      await chart().locator('.chart-whisker').waitFor({ state: 'attached' });
    });
  });

  it('shows on a phone that the bar of pages goes on, and at which end', async () => {
    const phone = await ConsolePage.open(url, PHONE, NOW);
    try {
      await phone.signIn(TOKENS.viewer);
      await phone.settle();
      const bar = phone.page.getByRole('navigation', { name: 'Pages' });
      const more = () => bar.getAttribute('data-more');
      const faded = () => phone.inPage<string>('getComputedStyle(document.querySelector(".nav")).maskImage');
      await expect.poll(more).toBe('end');
      expect(await faded()).toContain('36px');
      await phone.visit(`${MODEL}/audit`);
      await expect.poll(more).toBe('start');
      expect(await bar.getByRole('link', { name: 'Audit' }).isVisible()).toBe(true);
      await phone.picture('bar-phone');
    } finally {
      await phone.close();
    }
  });

  it('shows what a run said', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/runs`);
    await screen.page.getByRole('row').filter({ hasText: 'v2.3.0' }).getByRole('link').first().click();
    const log = screen.page.getByRole('region', { name: /^Log of run/ });
    await log.getByText('trained lightgbm on').waitFor();
    await log.getByText('Warning: 212 rows were left out').waitFor();
    // The end is what one wants to see first.
    expect(await screen.inPage('(({ scrollTop }) => scrollTop)(document.querySelector(".log-lines"))')).toBeGreaterThan(
      0,
    );
  });

  it('reads the audit log page by page to its first record', async () => {
    const [newest] = world.history.audit;
    if (newest === undefined) throw new Error('the fixture has no audit log');
    world.history.audit.length = 0;
    for (let sequence = 1_234; sequence > 0; sequence--) world.history.audit.push({ ...newest, sequence });
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/audit`);
    const rows = screen.page.getByRole('table', { name: 'Audit records, newest first' }).locator('tbody tr');
    await screen.page.getByText('The newest 50', { exact: true }).waitFor();
    expect(await rows.count()).toBe(50);
    for (const known of ['250', '450', '650', '850', '1,050']) {
      await button('Show older ones').click();
      await screen.page.getByText(`The newest ${known}`, { exact: true }).waitFor();
    }
    await button('Show older ones').click();
    await screen.page.getByText('All 1,234 records', { exact: true }).waitFor();
    expect(await rows.count()).toBe(1_234);
    expect(await button('Show older ones').count()).toBe(0);
  });

  it('says what to do before there is a version', async () => {
    play('empty');
    await screen.signIn(TOKENS.operator);
    await screen.page.getByText('No version yet').waitFor();
    expect(await screen.page.locator('main').textContent()).toContain('npx ratchet import FILE');
    const row = screen.page.getByRole('row').filter({ hasText: 'serving-7410' });
    await row.getByText('no version', { exact: true }).waitFor();
    expect(await row.getByText('ready', { exact: true }).count()).toBe(0);
    await button('Train the first version').click();
    await dialog().getByText('Start training').waitFor();
  });

  it('shows open alerts before everything else', async () => {
    play('trouble');
    await screen.signIn(TOKENS.viewer);
    await screen.page.getByText('2 alerts are open.').waitFor();
    await screen.page.getByText('more than 0.05 below its reference').waitFor();
    await screen.page.getByText('not the live one').waitFor();
  });

  it('shows who is told of alerts, and sends a test for those who may', async () => {
    await screen.signIn(TOKENS.viewer);
    const card = screen.page.getByRole('region', { name: 'Notifications' });
    await card.getByText('hooks.slack.com').waitFor();
    await card.getByText('Invalid login: 535').waitFor();
    expect(await card.getByRole('button', { name: 'Send a test' }).count()).toBe(0);
    await button('Sign out').click();
    await screen.page.getByLabel('Token').waitFor();
    await screen.signIn(TOKENS.operator);
    await card.getByRole('button', { name: 'Send a test' }).click();
    await card.getByRole('status').getByText('not delivered').waitFor();
    expect(await card.getByRole('status').textContent()).toMatch(/slack delivered.*mail not delivered/);
  });

  it('shows every check of the gate with its number, threshold, outcome and reason', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/versions/v2.2.0`);
    const gate = screen.page.getByRole('region', { name: 'Checks of the gate' });
    const rows = await gate.getByRole('row').allTextContents();
    expect(rows).toHaveLength(7);
    const evaluation = world.version('v2.2.0')?.evaluation;
    for (const check of evaluation?.gate.checks ?? [])
      expect(rows.filter((row) => row.includes(check.explanation) && row.includes(check.outcome))).toHaveLength(1);
    // The curve has the area that the table says.
    const [challenger, champion] = [evaluation?.challenger_metrics, evaluation?.champion_metrics].map((m) =>
      m?.roc_auc?.toFixed(4),
    );
    await screen.page
      .getByRole('img', { name: `ROC curve of the challenger, area ${challenger}, of the champion ${champion}` })
      .waitFor();
    expect(await screen.page.getByRole('row', { name: /^ROC AUC/ }).textContent()).toContain(challenger);
    await screen.page.getByText('Confusion matrix').waitFor();
    await screen.page.getByText('Weakest slices').waitFor();
  });

  it('sorts a table by what its reader asks for, and back', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/versions`);
    const table = screen.page.getByRole('table', { name: 'All versions, newest first' });
    const versions = async () =>
      (await table.locator('tbody tr td:nth-child(2) a').allTextContents()).map((text) => text.trim());
    const newestFirst = await versions();
    const byAccuracy = world.history.versions
      .toSorted((a, b) => (b.evaluation_metrics.accuracy ?? 0) - (a.evaluation_metrics.accuracy ?? 0))
      .map(({ version }) => version);
    const head = table.getByRole('columnheader', { name: 'Accuracy' });
    await head.getByRole('button').click();
    expect(await versions()).toEqual(byAccuracy);
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await head.getByRole('button').click();
    expect(await versions()).toEqual(byAccuracy.toReversed());
    await head.getByRole('button').click();
    expect(await versions()).toEqual(newestFirst);
  });

  it('filters tables by keyboard, keeps that in the address, and shows all again', async () => {
    const { keyboard } = screen.page;
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/versions`);
    const versions = screen.page.getByRole('table', { name: 'All versions, newest first' }).locator('tbody tr');
    const all = world.history.versions.length;
    expect(await versions.count()).toBe(all);
    await screen.page.getByRole('searchbox', { name: 'Find versions' }).focus();
    await keyboard.type('link-207 champion');
    await expect.poll(() => versions.count()).toBe(1);
    expect(await versions.first().textContent()).toContain('v2.3.0');
    // The focus stays where one types.
    expect(await screen.inPage('document.activeElement?.type')).toBe('search');
    await screen.page.reload();
    await screen.settle();
    await expect.poll(() => versions.count()).toBe(1);
    expect(await screen.page.getByRole('searchbox', { name: 'Find versions' }).inputValue()).toBe('link-207 champion');
    await screen.page.getByText(`1 of ${all} versions`).waitFor();
    await button('Show all').focus();
    await keyboard.press('Enter');
    await expect.poll(() => versions.count()).toBe(all);
    expect(await screen.inPage('location.hash')).toBe(`${MODEL}/versions`);
    await screen.page.getByLabel('Every state').focus();
    await keyboard.type('rejected');
    const rejected = world.history.versions.filter(({ state }) => state === 'rejected').length;
    await expect.poll(() => versions.count()).toBe(rejected);
    await screen.page.getByRole('searchbox', { name: 'Find versions' }).fill('nothing like that');
    await screen.page.getByText('None of the versions is like that.').waitFor();
    for (const [page, table, label, word] of [
      ['runs', 'Training runs, newest first', 'Every verdict', 'fail'],
      ['audit', 'Audit records, newest first', 'Everything done', 'version.judged'],
      ['deployments', 'Deployments, newest first', 'Every kind', 'rollback'],
      ['feedback', 'Features of the dataset', 'Every kind', 'boolean'],
    ] as const) {
      await screen.visit(`${MODEL}/${page}`);
      const rows = screen.page.getByRole('table', { name: table }).locator('tbody tr');
      const before = await rows.count();
      await screen.page.getByLabel(label).selectOption(word);
      await expect.poll(() => rows.count(), { message: page }).toBeLessThan(before);
      for (const row of await rows.allTextContents()) expect(row, page).toContain(word);
    }
  });

  it('compares two versions that were ticked', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit(`${MODEL}/versions`);
    await screen.page.getByLabel('Compare v2.1.0').check();
    await screen.page.getByLabel('Compare v2.3.0').check();
    await button('Compare v2.1.0 with v2.3.0').click();
    const row = (name: RegExp) => screen.page.getByRole('row', { name }).last();
    expect(await row(/^Accuracy/).textContent()).toMatch(/\+2\.1.pp/);
    expect(await row(/^Log loss/).textContent()).toContain('less is better');
    // Whole numbers are whole.
    expect(await row(/^Training rows/).textContent()).not.toContain('.');
    await screen.page.getByText('not scored on the same holdout rows').waitFor();
    // The gate judged the one against the other, on the same rows.
    const same = screen.page.getByRole('region', { name: 'Metrics of v2.1.0 and v2.3.0 on the same rows' });
    expect(await same.getByRole('row', { name: /^Accuracy/ }).textContent()).toMatch(/\+\d\.\d.pp/);
  });

  it('opens on all models where there are several, a line each', async () => {
    play('several');
    await screen.enter(TOKENS.viewer);
    const table = screen.page.getByRole('table', { name: 'All models' });
    const churn = table.getByRole('row').filter({ hasText: 'churn' });
    expect(await churn.textContent()).toMatch(/v1\.3\.0.*74\.2.%.*82\.0.%.*fail.*v1\.4\.0.*7,043.*accuracy-drop/);
    expect(await table.getByRole('row').filter({ hasText: 'ticket-team' }).textContent()).toMatch(
      /none.*never trained/,
    );
    await screen.page.getByText('1 of 3 models has open alerts.').waitFor();
    await table.getByRole('link', { name: 'backlink-outcome' }).click();
    await screen.page.getByText('All 2 instances serve v2.3.0.').waitFor();
    await screen.page.getByLabel('Model', { exact: true }).selectOption('All models');
    await table.waitFor();
  });

  it('has a line for all that is under way in any model, with what is next', async () => {
    play('busy');
    await screen.enter(TOKENS.viewer);
    const card = screen.page.getByRole('region', { name: 'In progress', exact: true });
    await card.getByText('This step has 127 of 200 outcomes').waitFor();
    expect(await card.getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/backlink-outcome canary v2\.3\.0 → v2\.4\.0 25 % of the tasks\. Then 50 %\./),
      expect.stringMatching(/churn consent v1\.3\.0 → v1\.5\.0 0 of 2 consent\. .* once 2 more people consented/),
      expect.stringMatching(/ticket-team roll-out nothing → v1\.0\.0 1 of 2 instances have loaded it/),
    ]);
    await card.getByRole('link', { name: 'churn' }).click();
    // The page of a model has what is under way in it at large, and of the others this line.
    const elsewhere = screen.page.getByRole('region', { name: 'In progress elsewhere' });
    await screen.visit(MODEL);
    await elsewhere.getByText('ticket-team').waitFor();
    expect(await elsewhere.getByRole('listitem').count()).toBe(2);
    play('several');
    await screen.page.reload();
    await screen.page.getByText('All 2 instances serve v2.3.0.').waitFor();
    expect(await elsewhere.count()).toBe(0);
  });

  it('shows rows and growth of one answer, and what the rows hold of each feature', async () => {
    // The status is older than the growth, as it may be for a while.
    world.status.dataset_rows = 46_000;
    await screen.signIn(TOKENS.viewer);
    const dataset = screen.page.locator('.figure').filter({ hasText: 'Dataset' });
    await dataset.getByText('48,213').waitFor();
    await dataset.getByText('+2,114 this week').waitFor();
    await screen.visit(`${MODEL}/feedback`);
    await screen.page.getByText('48,213 rows').first().waitFor();
    expect(await screen.page.locator('main').textContent()).not.toContain('46,000');
    const features = screen.page.getByRole('region', { name: 'Features of the dataset' });
    expect(await features.getByRole('row').filter({ hasText: 'platform_guess' }).textContent()).toContain(
      'wordpress 21,004',
    );
    await screen.page.getByText('Did you mean forum_supported?').waitFor();
    await screen.page.getByText('31 rows have something else, like "many"').waitFor();
    expect(await features.getByRole('row').filter({ hasText: 'numeric' }).textContent()).toContain('31');
    await screen.page.getByText('3 rows without any feature').waitFor();
  });

  it('says in what zone times are, and remembers which was chosen', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.settle();
    await button('Times: local (UTC)').click();
    await button('Times: UTC').waitFor();
    expect(await screen.page.locator('time').first().getAttribute('title')).toMatch(/UTC$/);
    await screen.page.reload();
    await button('Times: UTC').waitFor();
  });

  describe('does not say what is not so', () => {
    const title = () => screen.page.title();

    it('of a version that is not live', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/versions/v1.2.0`);
      await screen.page.getByText('Last deployed').waitFor();
      expect(await screen.page.locator('main').textContent()).not.toContain('Live since');
      await screen.visit(`${MODEL}/versions/v1.1.0`);
      await screen.page
        .getByText('Last deployednever')
        .or(screen.page.locator('dd').getByText('never'))
        .first()
        .waitFor();
      await screen.visit(`${MODEL}/versions/v2.3.0`);
      await screen.page.getByText('Live since').waitFor();
    });

    it('in the title of a page that failed, and says once why it did', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/runs`);
      expect(await title()).toBe('Runs · Ratchet');
      await screen.visit(`${MODEL}/versions/v9.9.9`);
      const alert = screen.page.getByRole('alert');
      await alert.getByText('has no version v9.9.9').waitFor();
      expect((await alert.textContent())?.match(/v9\.9\.9/g)).toHaveLength(1);
      expect(await title()).toBe('v9.9.9 · Ratchet');
      await screen.page.getByRole('heading', { level: 1, name: 'v9.9.9' }).waitFor();
      await screen.visit('#/nothing');
      await screen.page.getByRole('heading', { level: 1, name: 'nothing' }).waitFor();
      expect(await title()).toBe('nothing · Ratchet');
    });

    it('of a run that is not there', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/runs/00000000-0000-4000-8000-00000000dead`);
      await screen.page.getByText('There is no run 00000000-0000-4000-8000-00000000dead.').waitFor();
    });

    it('of an instance that was told of nothing', async () => {
      const [instance] = world.status.instances;
      if (instance !== undefined) Object.assign(instance, { ready: true, version: null, standing: 'idle' });
      await screen.signIn(TOKENS.viewer);
      const row = screen.page.getByRole('row').filter({ hasText: 'serving-7410' });
      await row.getByText('not told of any version').waitFor();
      expect(await row.getByText('ready', { exact: true }).count()).toBe(0);
    });
  });

  describe('acting', () => {
    it('asks for the reason first, so that it can be typed at once', async () => {
      await screen.signIn(TOKENS.operator);
      await button('Roll back').click();
      await dialog().getByLabel('Reason').waitFor();
      await expect.poll(() => screen.inPage('document.activeElement?.tagName')).toBe('TEXTAREA');
      await screen.page.keyboard.type('typed at once');
      expect(await dialog().getByLabel('Reason').inputValue()).toBe('typed at once');
    });

    it('deploys a version with a reason, and follows it on every instance', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/versions/v2.4.0`);
      await button('Deploy v2.4.0').click();
      await dialog()
        .getByText('v2.4.0 takes the place of v2.3.0 on 2 instances: serving-7410 and serving-7411.')
        .waitFor();
      const send = dialog().getByRole('button', { name: 'Deploy v2.4.0' });
      expect(await send.isDisabled()).toBe(true);
      await dialog().getByLabel('Reason').fill('checked by hand');
      await send.click();
      await dialog().getByText('Every instance loads and verifies v2.4.0.').waitFor();
      const acknowledgement = (name: string) => dialog().getByRole('listitem').filter({ hasText: name });
      await acknowledgement('serving-7411').filter({ hasText: 'waiting for it' }).waitFor();
      world.step();
      await acknowledgement('serving-7410').filter({ hasText: 'loaded and verified' }).waitFor();
      while (world.step());
      // The page behind has changed sides by now; the dialog stays until it is closed.
      await screen.page.locator('main .badge').getByText('live', { exact: true }).waitFor();
      await dialog().getByText('v2.4.0 is live on 2 of 2 instances').waitFor();
      expect(await acknowledgement('serving-7411').textContent()).toMatch(/answers with it.*ms/);
      expect(world.history.deployments[0]).toMatchObject({ reason: 'checked by hand', actor: 'maria', forced: false });
      await dialog().getByRole('button', { name: 'Done' }).click();
      await screen.page.getByRole('heading', { level: 1, name: 'v2.4.0' }).waitFor();
      await button('Roll back').waitFor();
      await screen.visit(MODEL);
      await screen.page.getByText('All 2 instances serve v2.4.0.').waitFor();
    });

    it('deploys and rolls back by keyboard alone, with the focus where one goes on', async () => {
      const { keyboard } = screen.page;
      const focused = () => screen.inPage<string>('(document.activeElement?.textContent ?? "").trim()');
      const tabTo = async (name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
        for (let presses = 0; presses < 60; presses++) {
          if (name.test(await focused())) return;
          await keyboard.press(key);
        }
        throw new Error(`no Tab leads to ${name}; the focus is on "${(await focused()).slice(0, 80)}"`);
      };
      const carryOut = async (command: RegExp, live: string): Promise<void> => {
        await expect.poll(() => screen.inPage('document.activeElement?.tagName')).toBe('TEXTAREA');
        await keyboard.type('by keyboard');
        await tabTo(command);
        await keyboard.press('Enter');
        await playOut();
        await dialog().getByText(`${live} is live on 2 of 2 instances`).waitFor();
        await tabTo(/^Done$/);
        await keyboard.press('Enter');
        await dialog().waitFor({ state: 'detached' });
      };
      await screen.page.goto(url);
      await screen.page.getByLabel('Token').waitFor();
      await keyboard.type(TOKENS.operator);
      await keyboard.press('Enter');
      await screen.page.getByText('maria').waitFor();
      // From the heading of the page, back into the navigation before it.
      await tabTo(/^Versions$/, 'Shift+Tab');
      await keyboard.press('Enter');
      await expect.poll(focused).toBe('Versions');
      await tabTo(/^v2\.4\.0$/);
      await keyboard.press('Enter');
      await expect.poll(focused).toBe('v2.4.0');
      await tabTo(/^Deploy v2\.4\.0$/);
      await keyboard.press('Enter');
      await carryOut(/^Deploy v2\.4\.0$/, 'v2.4.0');
      // The button that opened the dialog is the way back now.
      await expect.poll(focused).toBe('Roll back');
      await tabTo(/^Roll back$/);
      await keyboard.press('Enter');
      await carryOut(/^Roll back to v2\.1\.0$/, 'v2.1.0');
      await expect.poll(focused).toBe('Deploy v2.4.0');
      expect(world.history.deployments.slice(0, 2).map(({ to_version }) => to_version)).toEqual(['v2.1.0', 'v2.4.0']);
    });

    it('deploys against the gate only when told to in so many words', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/versions/v2.2.0`);
      await button('Deploy v2.2.0').click();
      await dialog().getByText('goes into the audit log under the name maria').waitFor();
      await dialog().getByLabel('Reason').fill('we need it for a comparison');
      const send = dialog().getByRole('button', { name: 'Deploy v2.2.0' });
      expect(await send.isDisabled()).toBe(true);
      await dialog().getByRole('checkbox', { name: 'Deploy it against the gate' }).click();
      await send.click();
      await dialog().getByText('Generation 14').waitFor();
      expect(world.history.deployments[0]).toMatchObject({ to_version: 'v2.2.0', forced: true });
    });

    it('rolls back to the version it names', async () => {
      await screen.signIn(TOKENS.operator);
      await button('Roll back').click();
      await dialog().getByText('v2.3.0 stops answering and v2.1.0 answers again').waitFor();
      await dialog().getByText('v2.1.0 is loaded on all of them').waitFor();
      await dialog().getByLabel('Back to').selectOption('v1.4.0');
      await dialog().getByLabel('Reason').fill('captchas everywhere since noon');
      await button('Roll back to v1.4.0').click();
      await playOut();
      await dialog().getByText('v1.4.0 is live on 2 of 2 instances').waitFor();
      await dialog().getByRole('button', { name: 'Done' }).click();
      await screen.page.getByText('All 2 instances serve v1.4.0.').waitFor();
    });

    it('tells that something changed meanwhile instead of acting on old news', async () => {
      await screen.signIn(TOKENS.operator);
      await button('Roll back').click();
      await dialog().getByLabel('Reason').fill('too late');
      world.change('deploy', 'v2.4.0', 'somebody else', 'jo', false);
      await button('Roll back to v2.1.0').click();
      await dialog().getByText('something changed meanwhile').waitFor();
      expect(world.history.deployments[0]?.reason).toBe('somebody else');
    });

    it('gives the focus back to where it was when a dialog is closed', async () => {
      await screen.signIn(TOKENS.operator);
      await expect.poll(() => button('Roll back').isEnabled()).toBe(true);
      await button('Roll back').focus();
      await screen.page.keyboard.press('Enter');
      await dialog().waitFor();
      await screen.page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
      await expect.poll(() => screen.inPage('document.activeElement.textContent')).toContain('Roll back');
    });

    it('starts a training, shows it as it goes, and in the end why it failed and what to do', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/runs`);
      await button('Retrain').click();
      await dialog().getByLabel('Algorithm').selectOption('random-forest');
      await dialog().getByLabel('Reason').fill('new sites');
      await dialog().getByRole('button', { name: 'Start training' }).click();
      await screen.page.getByText('waiting for its turn').first().waitFor();
      for (const message of ['freezing 48,213 rows', 'encoding 25 columns', 'round 80 of 200']) {
        world.step();
        await screen.page.getByText(message).first().waitFor();
      }
      expect(await screen.page.getByRole('progressbar').first().getAttribute('aria-valuenow')).toBe('55');
      await screen.picture('run-under-way', { docs: true });
      while (world.step());
      await screen.page.getByText('The artifact store has no room left').first().waitFor();
      await screen.page.getByRole('link', { name: world.history.runs[0]?.run_id.slice(0, 8) ?? '' }).click();
      await screen.page.getByRole('region', { name: /^Run / }).getByText('Free some room').first().waitFor();
    });

    it('ends a run that nobody wants any more, with a reason', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/runs`);
      await button('Retrain').click();
      await dialog().getByLabel('Reason').fill('asked for by mistake');
      await dialog().getByRole('button', { name: 'Start training' }).click();
      await screen.page.getByText('waiting for its turn').first().waitFor();
      world.step();
      await screen.page.getByText('freezing 48,213 rows').first().waitFor();
      await button('End this run').click();
      await dialog().getByText('Its process is killed').waitFor();
      await dialog().getByRole('button', { name: 'Let it go on' }).click();
      expect(world.history.runs[0]?.state).toBe('running');
      await button('End this run').click();
      await dialog().getByLabel('Reason').fill('the wrong backend');
      await dialog().getByRole('button', { name: 'End the run' }).click();
      await screen.page.getByText('It was cancelled by').waitFor();
      expect(world.history.runs[0]).toMatchObject({ state: 'cancelled' });
      expect(await button('End this run').count()).toBe(0);
    });

    it('moves a canary by hand', async () => {
      play('canary');
      await screen.signIn(TOKENS.operator);
      await screen.page.getByText('This step has 127 of 200 outcomes').waitFor();
      await button('Advance to 50').click();
      await dialog().getByText('v2.4.0 answers 50\u00a0% of the tasks instead of 25\u00a0%').waitFor();
      await dialog().getByText('Its conditions are not met yet').waitFor();
      await dialog().getByLabel('Reason').fill('a quiet night');
      await dialog().getByRole('button', { name: 'Advance to 50' }).click();
      await screen.page.getByText('v2.4.0 answers 50\u00a0% of the tasks as a canary.').waitFor();
      await button('Take it back').click();
      await dialog().getByLabel('Reason').fill('not so quiet');
      await dialog().getByRole('button', { name: 'Take it back' }).click();
      await screen.page.getByText('All 2 instances serve v2.3.0.').waitFor();
    });

    it('consents to a version that waits for two people, once', async () => {
      play('consent');
      await screen.signIn(TOKENS.operator);
      await screen.page.getByRole('heading', { name: 'v2.4.0 waits for consent' }).waitFor();
      await button('Consent').click();
      await dialog().getByText('v2.4.0 goes on waiting for one more person.').waitFor();
      await dialog().getByLabel('Reason').fill('fewer captchas in its report');
      await dialog().getByRole('button', { name: 'Consent' }).click();
      await screen.page.getByRole('listitem').filter({ hasText: 'fewer captchas in its report' }).waitFor();
      await screen.picture('consent');
      await button('Consent').click();
      await dialog().getByText('v2.4.0 is deployed at once').waitFor();
      await dialog().getByLabel('Reason').fill('me again');
      await dialog().getByRole('button', { name: 'Consent' }).click();
      await dialog()
        .getByText(/has consented to v2.4.0 before/)
        .waitFor();
      expect(world.status.approval?.given).toHaveLength(1);
    });

    it('names a version, describes and tags it, and says from where an alias is taken', async () => {
      await screen.signIn(TOKENS.operator);
      // An alias stands for its version also in an address, which then says which it was.
      await screen.visit(`${MODEL}/versions/candidate`);
      await screen.page.getByRole('heading', { level: 1, name: 'v2.4.0' }).waitFor();
      await expect.poll(() => screen.inPage('location.hash')).toBe(`${MODEL}/versions/v2.4.0`);
      const card = screen.page.getByRole('region', { name: 'Names and notes' });
      await card.getByText('candidate').waitFor();
      await card.getByRole('button', { name: 'Change names and notes' }).click();
      await expect.poll(() => screen.inPage('document.activeElement?.tagName')).toBe('TEXTAREA');
      await screen.page.keyboard.type('Knows the new forums.');
      await dialog().getByLabel('Aliases').fill('champion');
      await dialog().getByText('champion points at v2.3.0 now, and will no longer.').waitFor();
      await dialog().getByLabel('Tags').fill('owner');
      await dialog().getByText('Not like owner=ada: owner').waitFor();
      expect(await dialog().getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
      await dialog().getByLabel('Tags').fill('owner=maria\nticket=LINK-209');
      await screen.picture('labels');
      await dialog().getByRole('button', { name: 'Save' }).click();
      await dialog().waitFor({ state: 'detached' });
      await card.getByText('Knows the new forums.').waitFor();
      expect(await card.getByRole('listitem').allTextContents()).toEqual([
        'champion',
        'owner maria',
        'ticket LINK-209',
      ]);
      await screen.visit(`${MODEL}/versions`);
      const row = (version: string) => screen.page.getByRole('row').filter({ hasText: version });
      expect(await row('v2.4.0').textContent()).toContain('champion');
      expect(await row('v2.3.0').textContent()).not.toContain('champion');
    });

    it('finds dead letters by what stands in them', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/feedback`);
      await screen.page.getByLabel('Search the messages').fill('links.example.net');
      await button('Search').click();
      await screen.page.getByText('Messages that hold “links.example.net”, newest first:').waitFor();
      await screen.page.getByText(/npx ratchet dlq show/).waitFor();
      await screen.picture('dead-letter-search');
      await screen.page.getByLabel('Search the messages').fill('nowhere');
      await button('Search').click();
      await screen.page.getByText('No refused message holds “nowhere”.').waitFor();
    });

    it('shows which field was refused, and sends dead letters again when a reason is given', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/feedback`);
      await screen.page.getByText('Field action_attempted:').waitFor();
      await button('Send all 37 again').click();
      await expect.poll(() => screen.inPage('document.activeElement?.tagName')).toBe('TEXTAREA');
      expect(await dialog().getByRole('button', { name: 'Send again' }).isDisabled()).toBe(true);
      await screen.page.keyboard.type('bookmark is an action now');
      await dialog().getByRole('button', { name: 'Send again' }).click();
      await dialog().waitFor({ state: 'detached' });
      await screen.page.getByText('37 messages sent again.').waitFor();
      await expect.poll(() => screen.page.locator('main').textContent()).not.toContain('bookmark');
      expect(world.letters.map(({ reason }) => reason)).toEqual(['unreadable-time']);
    });

    it('drops dead letters for good, all of a kind or the one that was found', async () => {
      await screen.signIn(TOKENS.operator);
      await screen.visit(`${MODEL}/feedback`);
      await screen.page.getByLabel('Search the messages').fill('links.example.net');
      await button('Search').click();
      const found = screen.page.getByRole('listitem').filter({ hasText: 'offset 417' });
      await found.getByRole('button', { name: 'Drop it' }).click();
      await dialog().getByText('There is no way back.').waitFor();
      await dialog().getByLabel('Reason').fill('an engine that is gone');
      await screen.picture('drop-dead-letters');
      await dialog().getByRole('button', { name: 'Drop for good' }).click();
      await screen.page.getByText('1 message dropped for good.').waitFor();
      expect(world.letters.map(({ waiting }) => waiting)).toEqual([36, 1]);
      await button('Drop all 36').click();
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      expect(world.letters.map(({ waiting }) => waiting)).toEqual([36, 1]);
    });

    it('verifies the audit log', async () => {
      await screen.signIn(TOKENS.viewer);
      await screen.visit(`${MODEL}/audit`);
      await button('Verify now').click();
      await screen.page.getByText(/Intact: all \d+ records/).waitFor();
      await button('More about record 1').first().click();
      await screen.page.getByText('After').first().waitFor();
    });
  });

  it('offers a viewer nothing that changes anything', async () => {
    await screen.signIn(TOKENS.viewer);
    const offered = new Set<string>();
    // The head of a column sorts what is shown, and changes nothing.
    const buttons = screen.page.locator('main').getByRole('button').and(screen.page.locator(':not(th button)'));
    for (const path of [
      '',
      '/versions',
      '/versions/v2.4.0',
      '/versions/v2.3.0',
      '/runs',
      '/live',
      '/feedback',
      '/audit',
    ]) {
      await screen.visit(`${MODEL}${path}`);
      for (const name of await buttons.allTextContents()) offered.add(name);
    }
    const lasting = [...offered].filter((name) => !name.startsWith('More about record'));
    expect(lasting.sort()).toEqual(['Save the report', 'Search', 'Verify now']);
    play('canary');
    await screen.visit(MODEL);
    await screen.page.reload();
    await screen.page.getByText('This step has 127 of 200 outcomes').waitFor();
    expect(await screen.page.locator('main').getByRole('button').count()).toBe(0);
  });

  it('says that it is reconnecting, and catches up once it is back', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.settle();
    server.goAway(true);
    await screen.page.getByText('Reconnecting.').waitFor();
    world.change('rollback', 'v2.1.0', 'meanwhile', 'jo', false);
    while (world.step());
    server.goAway(false);
    await screen.page.getByText('Reconnecting.').waitFor({ state: 'detached' });
    await screen.page.getByText('All 2 instances serve v2.1.0.').waitFor();
  });

  it('says since when nothing could be asked, and calls nobody silent for it', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.settle();
    const detail = 'PostgreSQL does not answer. Look at its log and at DATABASE_URL.';
    const away = (route: Route): Promise<void> =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'Not possible now', status: 503, detail }),
      });
    await screen.page.route('**/v1/models/backlink-outcome', away);
    world.change('deploy', 'v2.4.0', 'seen by nobody', 'jo', false);
    await screen.page.getByText(`Not renewed since 10:00, and asked for again by itself. ${detail}`).waitFor();
    await screen.page.clock.setFixedTime(new Date(NOW.getTime() + 600_000));
    const row = screen.page.getByRole('row').filter({ hasText: 'serving-7410' });
    await row.getByText('10 min ago').waitFor();
    await row.getByText('ready', { exact: true }).waitFor();
    await screen.page.getByText('All 2 instances serve v2.3.0.').waitFor();
    await screen.page.clock.setFixedTime(NOW);
    await screen.page.unroute('**/v1/models/backlink-outcome', away);
    world.step();
    await screen.page.getByText('Not renewed since').waitFor({ state: 'detached' });
    await screen.page.getByText('v2.4.0 is being rolled out.').waitFor();
  });

  it('names an address that leads nowhere, and a version that is not there', async () => {
    await screen.signIn(TOKENS.viewer);
    await screen.visit('#/backlink-outcome/nowhere');
    await screen.page.getByText('There is nothing at').waitFor();
    await screen.inPage("location.hash = '#/backlink-outcome/versions/v9.9.9'");
    await screen.page.getByText('backlink-outcome has no version v9.9.9.').waitFor();
  });
});
