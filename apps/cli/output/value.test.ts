import { expect, it } from 'vitest';
import { valueLines } from './value.js';

it.each([
  ['JSON is indented', Buffer.from('{"a":1}'), ['{', '  "a": 1', '}']],
  ['broken JSON is left as it is', Buffer.from('{"a":'), ['{"a":']],
  ['control characters are written out', Buffer.from('\u001B[2J'), ['\\u001b[2J']],
  ['nothing is said to be nothing', Buffer.alloc(0), ['(empty)']],
  [
    'bytes that are no text become a dump',
    Buffer.from([0xff, 0x41, 0x00]),
    ['00000000  ff 41 00                                         .A.'],
  ],
])('%s', (_, value, lines) => {
  expect(valueLines(value)).toEqual(lines);
});

it('shows the beginning of a long dump and says how much is missing', () => {
  const lines = valueLines(Buffer.alloc(600, 0xff));
  expect(lines).toHaveLength(33);
  expect(lines.at(-1)).toContain('88 more bytes');
});
