import { describe, expect, it } from 'vitest';
import { decodeForeignJson } from './json.js';
import { JSON_LIMITS } from './json-limits.js';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('decodeForeignJson', () => {
  it.each<[string, unknown]>([
    ['{"a":1}', { a: 1 }],
    ['\uFEFF{"a":1}', { a: 1 }],
    ['"\uFFFD\\u00e9\\ud83d\\ude00"', '\uFFFDé😀'],
    ['{"a":"[[[[{{{{::\\"[["}', { a: '[[[[{{{{::"[[' }],
    ['[1e308,-1.5E+3,1e-400,100000000000000000000000000000]', [1e308, -1500, 0, 1e29]],
    ['{"e":true,"E100":false,"x1e999":null}', { e: true, E100: false, x1e999: null }],
    [nested(JSON_LIMITS.depth), JSON.parse(nested(JSON_LIMITS.depth))],
  ])('%s is read', (text, value) => {
    expect(decodeForeignJson(Buffer.from(text))).toEqual(value);
  });

  it.each<[string, string | Buffer, string, string | null]>([
    ['nothing', '', 'not-json', null],
    ['half', '{"a":', 'not-json', null],
    ['two', '1 2', 'not-json', null],
    ['Latin-1', Buffer.from('"é"', 'latin1'), 'not-utf8', null],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), 'not-utf8', null],
    ['one level too many', nested(JSON_LIMITS.depth + 1), 'out-of-range', null],
    ['12,000 levels', `{"site":${nested(12_000)}}`, 'out-of-range', null],
    ['a million levels', nested(1_000_000), 'out-of-range', null],
    ['a number too large', '{"site":{"da":1e400}}', 'out-of-range', 'site.da'],
    ['a negative one', '[-1E+309]', 'out-of-range', '0'],
    ['a long one', `{"n":${'9'.repeat(400)}}`, 'out-of-range', 'n'],
    ['NUL', '{"a":{"b":"\\u0000"}}', 'nul-character', 'a.b'],
    ['NUL in a name', '{"a\\u0000":1}', 'nul-character', '(name of a field)'],
    ['NUL as it is', '"\u0000"', 'nul-character', null],
    ['half of a pair', '{"a":"\\ud83d"}', 'not-utf8', 'a'],
    ['too many fields', `[${'{"a":1},'.repeat(JSON_LIMITS.keys)}{"a":1}]`, 'too-large', null],
    ['too long a text', `"${'x'.repeat(JSON_LIMITS.text + 1)}"`, 'too-large', null],
    ['too many bytes', Buffer.alloc(JSON_LIMITS.bytes + 1, ' '), 'too-large', null],
  ])('%s is refused', (_, text, problem, field) => {
    expect(() => decodeForeignJson(Buffer.from(text))).toThrowError(expect.objectContaining({ problem, field }));
  });
});
