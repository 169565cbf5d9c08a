import { describe, expect, it } from 'vitest';
import { RejectionCode } from '#contracts/events/deployment';
import { actsOn, advised, understand } from '../../testing/advice.js';
import { invoke } from '../../testing/invoke.js';
import { problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against } = useServer();

/** Every code there is: a new one is refused here before it is printed anywhere. */
describe.each(RejectionCode.options)('a command that is refused as %s', (code) => {
  it.each([
    ['deploy', '--version', 'v1.1.0'],
    ['rollback', '--version', 'v1.1.0'],
  ])('advises commands that exist, about the model it is about, for %s', async (...args) => {
    const [command = ''] = args;
    const env = await against({ [`POST /v1/models/churn/${command}`]: problem(409, 'It is refused.', code) });
    const refused = await invoke([...args, '--model', 'churn', '--reason', 'x'], env);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('It is refused.');
    for (const typed of advised(refused.stderr))
      expect(actsOn(await understand(typed), 'churn'), typed.join(' ')).toBe(true);
  });
});
