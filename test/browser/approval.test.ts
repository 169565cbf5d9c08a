import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TokenCreated } from '#contracts/http/access';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { FakeInstance } from '../e2e/fake-instance.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { titled } from '../stack/requirement.js';
import { useStack } from '../stack/use-stack.js';
import { DESKTOP } from './chromium.js';
import { CHROMIUM, ConsolePage } from './console-page.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-consent-'));
const delivered = readFileSync(join(REPOSITORY, 'deploy/models', `${DEFAULT_MODEL}.yaml`), 'utf8');
writeFileSync(join(folder, `${DEFAULT_MODEL}.yaml`), `${delivered}\napprovals: 2\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Each test goes on where the one before it stopped.
describe.skipIf(CHROMIUM.program === null)(titled('the consent of two people on the console', CHROMIUM), () => {
  const stack = useStack('console-approval', { services: ['registry'], env: { '*': { MODELS_DIR: folder } } });
  let producer: EventProducer;
  let instance: FakeInstance;
  let screen: ConsolePage | null = null;

  const admin = () => new RegistryClient(stack().urls.registry, stack().token);
  const status = () => admin().get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
  /** The console of somebody with a token of this name. */
  const consoleOf = async (name: string): Promise<ConsolePage> => {
    const { body } = await admin().request('POST', '/v1/tokens', { name, role: 'operator' });
    screen = await ConsolePage.open(stack().urls.registry, DESKTOP);
    await screen.signIn(TokenCreated.parse(body).token);
    return screen;
  };
  const consent = async ({ page }: ConsolePage): Promise<void> => {
    await page.getByRole('heading', { name: 'v1.0.0 waits for consent' }).waitFor();
    await page.getByRole('button', { name: 'Consent' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('looked at its report');
    await page.getByRole('dialog').getByRole('button', { name: 'Consent' }).click();
  };

  beforeAll(async () => {
    producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
    instance = await new FakeInstance(stack().kafka, 'serving-a').start();
    const training = trained('first', { auto_deploy: true });
    await producer.publish('model.trained', training);
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
    await until('it to wait', async () => (await status()).approval?.version === 'v1.0.0');
  });
  afterEach(async () => {
    await screen?.close();
    screen = null;
  });
  afterAll(async () => {
    await instance?.stop();
    await producer?.disconnect();
  });

  it('is asked for, and one is not enough', async () => {
    const ada = await consoleOf('ada');
    await consent(ada);
    const { page } = ada;
    await page.getByText('1 of 2', { exact: true }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'ada' }).filter({ hasText: 'looked at its report' }).waitFor();
    expect((await status()).live).toBeNull();
  });

  it('is not given twice by one person with two tokens of the same name, nor got round by force', async () => {
    expect(await admin().request('POST', '/v1/tokens', { name: 'ada', role: 'operator' })).toMatchObject({
      status: 409,
    });
    const again = await consoleOf('Ada');
    await consent(again);
    const dialog = again.page.getByRole('dialog');
    await dialog.getByText('two tokens of one name are one person').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await again.visit(`#/${DEFAULT_MODEL}/versions/v1.0.0`);
    await again.page.getByRole('button', { name: 'Deploy v1.0.0' }).click();
    await dialog.getByLabel('Reason').fill('by hand then');
    await dialog.getByRole('button', { name: 'Deploy v1.0.0' }).click();
    await dialog.getByText('v1.0.0 of backlink-outcome needs the consent of').waitFor();
    const now = await status();
    expect(now.live).toBeNull();
    expect(now.approval?.given.map(({ actor }) => actor)).toEqual(['ada']);
  });

  it('is complete with the second, and the version goes live', async () => {
    const bob = await consoleOf('bob');
    await consent(bob);
    await until('v1.0.0 to be live', async () => (await status()).live?.version === 'v1.0.0');
    await bob.page.getByRole('heading', { name: 'v1.0.0 waits for consent' }).waitFor({ state: 'detached' });
    expect((await status()).approval).toBeNull();
  });
});
