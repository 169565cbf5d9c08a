import { expect, it } from 'vitest';
import { type Cell, csvCell } from './csv-cell.js';

it.each<[Cell, string]>([
  [null, ''],
  ['a,b', '"a,b"'],
  ['say "x"\n', '"say ""x""\n"'],
  [0, '0'],
  [-5.25, '-5.25'],
  [false, '0'],
  ['-31', '-31'],
  ['+1.5e3', '+1.5e3'],
  ['a=1', 'a=1'],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['+cmd', `"'+cmd"`],
  ['-2+3+cmd', `"'-2+3+cmd"`],
  ['@SUM(1)', `"'@SUM(1)"`],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['＝1+1', `"'＝1+1"`],
])('writes %j as %s', (value, text) => {
  expect(csvCell(value)).toBe(text);
});

it('leaves everything as it is when that is asked for', () => {
  expect(csvCell('=1+1', { raw: true })).toBe('=1+1');
});
