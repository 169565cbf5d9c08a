import { beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP } from '../browser/chromium.js';
import { CHROMIUM, ConsolePage } from '../browser/console-page.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { useStack } from '../stack/use-stack.js';
import { DEPLOYED, DeployedStack } from './deployed-stack.js';
import { Onlooker } from './onlooker.js';
import { Recovery } from './recovery.js';

/** A page that hears nothing says so after thirty seconds. */
const LONG = { timeout: 90_000 };

const stack = useStack('frozen-registry', { services: DEPLOYED });
let world: DeployedStack;
let version: string;

beforeAll(async () => {
  world = DeployedStack.on(stack());
  version = await world.deployAnother();
  return () => world.leave();
});

describe('a registry that stands still', () => {
  it('is told of in every place, also on a page that is open, while instances answer; then all agrees', async () => {
    const clients = stack().serving.map((url) => new DecidingClient(url, 20));
    const screen = CHROMIUM.program === null ? null : await ConsolePage.open(stack().urls.registry, DESKTOP);
    try {
      await screen?.signIn(stack().token);
      await screen?.page.getByText(`All 2 instances serve ${version}.`).waitFor(LONG);
      stack().kill('registry', 'SIGSTOP');
      try {
        await new Onlooker(stack()).expectToRead('frozen-registry', {
          status: ['The registry does not answer at', 'ratchet doctor'],
          doctor: ['✘ service registry', 'Does not answer at', 'Is registry running?'],
        });
        await screen?.page.getByText('Reconnecting. What is shown is from').waitFor(LONG);
        await screen?.picture('disaster-frozen-registry-overview');
      } finally {
        stack().kill('registry', 'SIGCONT');
      }
      await new Recovery('the registry stood still').within(() => world.agreed(version));
      await screen?.page.getByText('Reconnecting.').waitFor({ state: 'detached', ...LONG });
      await screen?.page.getByText(`All 2 instances serve ${version}.`).waitFor(LONG);
      for (const client of clients) {
        expect(client.answers).toBeGreaterThan(0);
        expect(client.failures).toEqual([]);
      }
    } finally {
      await screen?.close();
      for (const client of clients) await client.stop();
    }
  });
});
