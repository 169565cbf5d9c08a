import { describe, expect, it } from 'vitest';
import { decodeObject } from './message.js';

describe('messages', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    [' {"a":"\\u00e9é\uFFFD"}\n', { a: 'éé\uFFFD' }],
    ['{"a":"\\\\u0000"}', { a: '\\u0000' }],
    ['{"a":"\\ud83d\\ude00"}', { a: '😀' }],
  ])('%s is read', (text, expected) => {
    expect(decodeObject(Buffer.from(text))).toEqual(expected);
  });

  it.each<[string, Buffer | null, string, string | null]>([
    ['nothing', null, 'tombstone', null],
    ['no bytes', Buffer.alloc(0), 'not-json', null],
    ['half an object', Buffer.from('{"a":'), 'not-json', null],
    ['a number', Buffer.from('7'), 'not-an-object', null],
    ['a list', Buffer.from('[{}]'), 'not-an-object', null],
    ['null', Buffer.from('null'), 'not-an-object', null],
    ['Latin-1', Buffer.from('{"a":"é"}', 'latin1'), 'not-utf8', null],
    ['UTF-16', Buffer.from('\uFEFF{"a":1}', 'utf16le'), 'not-utf8', null],
    ['a NUL byte', Buffer.from('{"a":"\u0000"}'), 'nul-character', null],
    ['an escaped NUL', Buffer.from('{"a":{"b":["x\\u0000"]}}'), 'nul-character', 'a.b.0'],
    ['an escaped NUL in a name', Buffer.from('{"a":{"\\u0000":1}}'), 'nul-character', 'a'],
    ['half a surrogate pair', Buffer.from('{"a":"\\ud83d"}'), 'not-utf8', 'a'],
    ['five megabytes', Buffer.from(`{"a":"${'x'.repeat(5e6)}"}`), 'too-large', null],
    ['a hundred thousand brackets', Buffer.from('['.repeat(100_000)), 'not-json', null],
    ['deep and escaped', Buffer.from(`{"\\u0061":${'['.repeat(100)}${']'.repeat(100)}}`), 'out-of-range', null],
  ])('%s is rejected', (_name, bytes, reason, field) => {
    const expected = { name: 'Rejected', reason, ...(field === null ? {} : { field }) };
    expect(() => decodeObject(bytes)).toThrowError(expect.objectContaining(expected));
  });
});
