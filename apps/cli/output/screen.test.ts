import { describe, expect, it } from 'vitest';
import { Failure } from '../failure.js';
import { Progress } from './progress.js';
import { Screen, type Stream } from './screen.js';

/** Sets the title of the window, clears it, turns text red (twice) and goes back to the line's beginning. */
const HOSTILE = '\u001B]0;owned\u0007\u001B[2J\u001B[31mred\u009B31m\rno error';
const WRITTEN_OUT = '\\u001b]0;owned\\u0007\\u001b[2J\\u001b[31mred\\u009b31m\\u000dno error';

class Terminal implements Stream {
  text = '';
  readonly columns = 200;
  constructor(readonly isTTY: boolean) {}
  write(data: string | Uint8Array): void {
    this.text += String(data);
  }
}

function screen({ tty = false, json = false } = {}) {
  const [stdout, stderr] = [new Terminal(tty), new Terminal(tty)];
  return { stdout, stderr, screen: new Screen(stdout, stderr, { TERM: 'xterm' }, json) };
}

describe('what comes from outside reaches no terminal as it is', () => {
  it.each([
    ['a result', (on: Screen) => on.result({}, () => [HOSTILE])],
    ['an entry', (on: Screen) => on.entry({}, () => HOSTILE)],
    ['a note', (on: Screen) => on.note(HOSTILE)],
    ['progress', (on: Screen) => new Progress(on).update(0.5, HOSTILE)],
    ['a failure', (on: Screen) => on.failure(new Failure('It failed', HOSTILE))],
    ['the message of a failure', (on: Screen) => on.failure(new Failure(HOSTILE))],
  ])('%s', (_, write) => {
    const { screen: on, stdout, stderr } = screen();
    write(on);
    expect(stdout.text + stderr.text).toContain(WRITTEN_OUT);
  });

  it.each([
    ['a note', (on: Screen) => on.note(HOSTILE)],
    ['the message of a failure', (on: Screen) => on.failure(new Failure(HOSTILE))],
  ])('%s, on a terminal with colours', (_, write) => {
    const { screen: on, stderr } = screen({ tty: true });
    write(on);
    expect(stderr.text).toContain(WRITTEN_OUT);
  });

  it('keeps the colours of a result that a command gave it', () => {
    const { screen: on, stdout } = screen({ tty: true });
    on.result({}, (colors) => [colors.red('failed\u001B[2J')]);
    expect(stdout.text).toBe('\u001B[31mfailed\\u001b[2J\u001B[39m\n');
  });

  it('in JSON it is written out and means the same', () => {
    const { screen: on, stdout } = screen({ tty: true, json: true });
    on.result({ reason: HOSTILE }, () => []);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout.text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
    expect(JSON.parse(stdout.text)).toEqual({ reason: HOSTILE });
  });
});

describe('advice is printed as it can be typed', () => {
  it.each([
    ['See what there is: ratchet dlq list', 'See what there is: npx ratchet dlq list'],
    ['Again: npx ratchet status', 'Again: npx ratchet status'],
    ['/srv/.ratchet and all that is in it', '/srv/.ratchet and all that is in it'],
    ['/srv/ratchet is full', '/srv/ratchet is full'],
  ])('%s', (said, printed) => {
    const stdout = new Terminal(false);
    const env = { TERM: 'xterm', npm_command: 'exec' };
    new Screen(stdout, new Terminal(false), env, false).result({}, () => [said]);
    expect(stdout.text).toBe(`${printed}\n`);
  });
});
