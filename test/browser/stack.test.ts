import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenCreated } from '#contracts/http/access';
import { Deployment } from '#contracts/http/deployments';
import { DecideResponse } from '#contracts/http/serving';
import { until } from '../../deploy/local/until.js';
import { RegistryClient } from '../e2e/registry-client.js';
import type { SampleEngine } from '../stack/programs.js';
import { titled } from '../stack/requirement.js';
import { useStack } from '../stack/use-stack.js';
import { DARK, DESKTOP, PHONE } from './chromium.js';
import { CHROMIUM, ConsolePage, plain } from './console-page.js';
import { pagesOfFigures } from './figures.js';

const MODEL = 'backlink-outcome';
const LONG = { timeout: 170_000 };
const PAGES = [
  ...['', 'versions', 'versions/v1.1.0', 'compare/v1.0.0/v1.1.0', 'deployments', 'runs', 'live', 'feedback', 'audit'],
];

// Each test goes on where the one before it stopped, as an operator's morning would.
describe.skipIf(CHROMIUM.program === null)(titled('the console on a running stack', CHROMIUM), () => {
  const stack = useStack('browser');
  let screen: ConsolePage;
  let engine: SampleEngine | null = null;

  const button = (name: string | RegExp) => screen.page.getByRole('button', { name });
  const dialog = () => screen.page.getByRole('dialog');
  const api = (token = stack().token) => new RegistryClient(stack().urls.registry, token);

  async function versionsThatAnswer(): Promise<string[]> {
    return Promise.all(
      stack().serving.map(async (url) => {
        const response = await fetch(`${url}/v1/decide`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ task_id: 'browser-test', site: { url: 'https://forum.example.org/t/1' } }),
        });
        return DecideResponse.parse(await response.json()).model_version;
      }),
    );
  }

  beforeAll(async () => {
    screen = await ConsolePage.open(stack().urls.registry, DESKTOP);
  });
  afterAll(() => screen?.close());

  it('signs in with the local token and says what is missing', async () => {
    await screen.signIn(stack().token);
    await screen.page.getByText('No version yet').waitFor();
    await screen.page.getByRole('row').filter({ hasText: 'serving-2' }).getByText('no version').waitFor();
    await screen.picture('stack-empty');
  });

  it('shows a version go live without being touched', async () => {
    engine = await stack().engine('--seed', '42', '--rate', '10');
    await screen.page.getByText('All 2 instances serve v1.0.0.').waitFor(LONG);
    await screen.page.getByText(/live for/).waitFor();
    await expect.poll(versionsThatAnswer, LONG).toEqual(['v1.0.0', 'v1.0.0']);
    await screen.picture('stack-overview');
  });

  it('starts a run and follows its progress to a judged version', async () => {
    await button('Retrain').click();
    await dialog().getByRole('checkbox', { name: 'Deploy it by itself' }).click();
    await dialog().getByLabel('Reason').fill('trying the console');
    await dialog().getByRole('button', { name: 'Start training' }).click();
    await screen.page.getByRole('progressbar').first().waitFor(LONG);
    const log = screen.page.getByRole('region', { name: /^Log of run/ }).first();
    await log.getByText('attempt 1 began').waitFor(LONG);
    await screen.picture('stack-run');
    const row = screen.page.getByRole('row').filter({ hasText: 'v1.1.0' });
    await row.getByText(/pass|fail|inconclusive/).waitFor(LONG);
    await row.getByRole('link').first().click();
    await log.getByText(/^trained xgboost on \d+ rows$/).waitFor(LONG);
    await screen.picture('stack-run-log');
    await row.getByRole('link', { name: 'v1.1.0' }).click();
    await screen.page.getByRole('heading', { level: 1, name: 'v1.1.0' }).waitFor();
    expect(await screen.page.getByRole('region', { name: 'Checks of the gate' }).getByRole('row').count()).toBe(7);
    await screen.page.getByText('Confusion matrix').waitFor();
    await screen.settle();
    await screen.picture('stack-version');
    const [report] = await Promise.all([screen.page.waitForEvent('download'), button('Save the report').click()]);
    expect(report.suggestedFilename()).toBe(`${MODEL}-v1.1.0.html`);
    expect(await readFile(await report.path(), 'utf8')).toContain(`<h1>Evaluation of ${MODEL}`);
  });

  it('deploys it with a reason and shows every instance switch', async () => {
    await button('Deploy v1.1.0').click();
    await dialog().getByText('v1.1.0 takes the place of v1.0.0 on 2 instances: serving-1 and serving-2.').waitFor();
    await dialog().getByLabel('Reason').fill('deployed from the console');
    const force = dialog().getByRole('checkbox', { name: 'Deploy it against the gate' });
    if ((await force.count()) > 0) await force.click();
    await dialog().getByRole('button', { name: 'Deploy v1.1.0' }).click();
    await dialog().getByText('v1.1.0 is live on 2 of 2 instances').waitFor(LONG);
    await screen.picture('stack-deployed');
    expect(await versionsThatAnswer()).toEqual(['v1.1.0', 'v1.1.0']);
    await dialog().getByRole('button', { name: 'Done' }).click();
  });

  it('rolls back, and both instances answer by the version that was confirmed', async () => {
    await screen.visit(`#/${MODEL}`);
    await screen.page.getByText('All 2 instances serve v1.1.0.').waitFor(LONG);
    await button('Roll back').click();
    await dialog().getByText('v1.1.0 stops answering and v1.0.0 answers again').waitFor();
    await dialog().getByLabel('Reason').fill('rolled back from the console');
    await button('Roll back to v1.0.0').click();
    await dialog().getByText('v1.0.0 is live on 2 of 2 instances').waitFor(LONG);
    expect(await versionsThatAnswer()).toEqual(['v1.0.0', 'v1.0.0']);
    await dialog().getByRole('button', { name: 'Done' }).click();
    await screen.page.getByText('All 2 instances serve v1.0.0.').waitFor(LONG);
    const [last] = await api().get(Deployment.array(), `/v1/models/${MODEL}/deployments?limit=1`);
    expect(last).toMatchObject({ kind: 'rollback', reason: 'rolled back from the console', to_version: 'v1.0.0' });
    await screen.picture('stack-rolled-back');
  });

  it('shows a message that cannot be read, and sends it again', async () => {
    const producer = stack().kafka.producer();
    await producer.connect();
    await producer.send({
      topic: 'automation.outcomes',
      messages: [{ key: '1', value: '{"task_id":1,"result":"maybe"' }],
    });
    await producer.disconnect();
    await screen.visit(`#/${MODEL}/feedback`);
    await until('the dead letter to be stored', async () => {
      const [row] = await stack().query<{ count: string }>('select count(*) from feedback.dead_letters');
      return Number(row?.count) > 0;
    });
    await screen.page.reload();
    await screen.page.getByText('not-json').waitFor(LONG);
    await screen.picture('stack-feedback');
    await button('Send it again').click();
    await dialog().getByLabel('Reason').fill('sent again from the console');
    await dialog().getByRole('button', { name: 'Send again' }).click();
    await until('it to be sent again', async () => {
      const [row] = await stack().query<{ replays: number }>(
        'select sum(replays)::int as replays from feedback.dead_letters',
      );
      return (row?.replays ?? 0) > 0;
    });
  });

  it('drops it when it is refused once more, and no alert is left', async () => {
    // Refused again, it is a message of its own.
    await screen.page.getByText('1 message waiting, 1 sent again').waitFor(LONG);
    await button('Drop it').click();
    await dialog().getByLabel('Reason').fill('nobody will mend it');
    await dialog().getByRole('button', { name: 'Drop for good' }).click();
    await screen.page.getByText('1 message dropped for good.').waitFor();
    await screen.visit(`#/${MODEL}`);
    await screen.page.getByText('All 2 instances serve v1.0.0.').waitFor(LONG);
  });

  it('finds the audit log intact, with what was done here and why', async () => {
    await screen.visit(`#/${MODEL}/audit`);
    await button('Verify now').click();
    await screen.page.getByText(/Intact: all \d+ records/).waitFor();
    await screen.page.getByText('rolled back from the console').first().waitFor();
    await screen.page.getByText('sent again from the console').first().waitFor();
    await screen.picture('stack-audit');
  });

  it('shows accuracy, failures and drift of what was live', async () => {
    await screen.visit(`#/${MODEL}/live`);
    await screen.page.getByRole('img', { name: /by their accuracy/ }).waitFor(LONG);
    await screen.page.getByRole('img', { name: /by their failure rate/ }).waitFor();
    await screen.page.getByRole('region', { name: 'Drift of the inputs' }).waitFor();
    await screen.picture('stack-live');
    expect(screen.complaints).toEqual([]);
  });

  describe('once no more outcomes come', () => {
    beforeAll(async () => {
      await engine?.child.stop();
    });

    it.each(pagesOfFigures(MODEL, ['v1.0.0', 'v1.1.0']))(
      'shows at $hash the figures that the API gives',
      async (page) => {
        await screen.visit(page.hash);
        let compared = 0;
        const differing = async (): Promise<string[]> => {
          await screen.page.reload();
          await screen.settle();
          const told = await page.told(api());
          compared = told.flatMap(({ figures }) => figures).length;
          const shown = await screen.figures();
          return told.flatMap(({ place, of, figures }) => {
            const places = shown.filter((one) => one.place === place && one.text.includes(plain(of)));
            return places.some(({ text }) => figures.every((each) => text.includes(plain(each))))
              ? []
              : [`${of}: ${figures.join(' | ')} in ${places.map(({ text }) => text).join(' / ')}`];
          });
        };
        // The last ones are still on their way into the figures.
        await expect.poll(differing, { ...LONG, interval: 1000 }).toEqual([]);
        expect(compared).toBeGreaterThan(3);
      },
    );
  });

  it('says that it is reconnecting while the registry is away, and catches up', async () => {
    await screen.visit(`#/${MODEL}`);
    await stack().halt('registry');
    await screen.page.getByText('Reconnecting.').waitFor();
    await stack().resume('registry');
    await screen.page.getByText('Reconnecting.').waitFor({ state: 'detached', ...LONG });
    await screen.page.getByText('All 2 instances serve v1.0.0.').waitFor(LONG);
  });

  it('looks right in the light, in the dark and on a phone', async () => {
    for (const [name, look] of [
      ['light', DESKTOP],
      ['dark', DARK],
      ['phone', PHONE],
    ] as const) {
      const other = await ConsolePage.open(stack().urls.registry, look);
      try {
        await other.signIn(stack().token);
        for (const page of PAGES) {
          await other.visit(`#/${MODEL}/${page}`);
          await other.picture(`stack-${page.replaceAll('/', '-') || 'overview'}-${name}`);
          expect(await other.violations(), page).toEqual([]);
          expect(await other.overflow(), page).toBe(0);
        }
        expect(other.complaints).toEqual([]);
      } finally {
        await other.close();
      }
    }
  });

  it('offers a viewer nothing to act with', async () => {
    const { status, body } = await api().request('POST', '/v1/tokens', { name: 'onlooker', role: 'viewer' });
    expect(status).toBe(201);
    const { token } = TokenCreated.parse(body);
    await button('Sign out').click();
    await screen.signIn(token);
    await screen.page.getByText('All 2 instances serve v1.0.0.').waitFor(LONG);
    expect(await button(/Roll back|Retrain/).count()).toBe(0);
    expect((await api(token).request('POST', `/v1/models/${MODEL}/rollback`, { reason: 'no' })).status).toBe(403);
  });
});
