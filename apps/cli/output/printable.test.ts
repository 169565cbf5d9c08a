import { expect, it } from 'vitest';
import { printable } from './printable.js';

it.each([
  ['plain text', 'Grüße, 東京 – 3 %\tok\nnext', 'Grüße, 東京 – 3 %\tok\nnext'],
  ['an escape sequence', '\u001B[2Jgone', '\\u001b[2Jgone'],
  ['a carriage return', 'a\rb', 'a\\u000db'],
  ['a C1 control', '\u009B31m', '\\u009b31m'],
  ['a change of direction', 'a\u202Eb', 'a\\u202eb'],
])('%s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});
