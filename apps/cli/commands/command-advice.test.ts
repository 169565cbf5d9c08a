import { describe, expect, it } from 'vitest';
import { RejectionCode } from '#contracts/events/deployment';
import { invoke } from '../testing/invoke.js';
import { problem } from '../testing/scripted-server.js';
import { useServer } from '../testing/use-server.js';

const { against } = useServer();

const WORD = String.raw`(?:--[a-z-]+|v\d+\.\d+\.\d+|"…"|[a-z][a-z-]*)`;
const COMMAND = new RegExp(`\\bratchet (${WORD}(?: ${WORD})*)`, 'g');
const advised = (text: string): string[][] =>
  [...text.matchAll(COMMAND)].map(([, words = '']) => words.split(' ').map((word) => (word === '"…"' ? 'x' : word)));

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
    for (const advice of advised(refused.stderr)) {
      if (advice[0] !== 'models') expect(advice.join(' ')).toContain('--model churn');
      // What is no command, or has an option that it does not know, is a usage error whatever the server says.
      const { code: ended, stderr } = await invoke(advice, env);
      expect(ended, `${advice.join(' ')}: ${stderr}`).not.toBe(2);
    }
  });
});
