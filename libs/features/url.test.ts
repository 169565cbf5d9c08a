import { describe, expect, it } from 'vitest';
import { deriveFromUrl, parseAnyUrl, parseUrl } from './url.js';

describe('features derived from a URL', () => {
  it.each([
    ['https://forum.example.org/t/1', 'forum.example.org', 'org', 2, true],
    ['http://WWW.Example.COM', 'example.com', 'com', 0, false],
    ['https://example.com:8443/a//b/?q=/x/y#/z', 'example.com', 'com', 2, true],
    ['https://user:secret@example.co.uk/', 'example.co.uk', 'uk', 0, true],
    ['https://example.com./a/./b/../c', 'example.com', 'com', 2, true],
    ['http://192.168.0.1/a', '192.168.0.1', null, 1, false],
    ['http://[::1]:80/', '[::1]', null, 0, false],
    ['http://localhost/x', 'localhost', null, 1, false],
    ['https://www.com/', 'www.com', 'com', 0, true],
    ['https://bücher.example/ä', 'xn--bcher-kva.example', 'example', 1, true],
    ['  https://example.org/a ', 'example.org', 'org', 1, true],
    ['HTTPS:\\\\example.org\\a\\b', 'example.org', 'org', 2, true],
  ])('%s', (url, domain, tld, depth, https) => {
    expect(deriveFromUrl(url, 'domain')).toBe(domain);
    expect(deriveFromUrl(url, 'tld')).toBe(tld);
    expect(deriveFromUrl(url, 'path_depth')).toBe(depth);
    expect(deriveFromUrl(url, 'https')).toBe(https);
  });

  it.each([
    null,
    undefined,
    '',
    'nonsense',
    'http://',
    'http:///',
    'ftp://example.org/',
    'mailto:a@b.c',
    'http://a b/',
    7,
    {},
    'http://exa<mple.org',
    'example.org/x',
  ])('is missing for %j', (url) => {
    for (const part of ['domain', 'tld', 'path_depth', 'https'] as const) expect(deriveFromUrl(url, part)).toBeNull();
  });

  it('agrees with the URL class whether or not the quick path is taken', () => {
    const pieces = [
      'http',
      'https',
      '://',
      ':',
      '/',
      '//',
      '.',
      '..',
      'a',
      'B-c',
      '1',
      'www.',
      'x.org',
      '0x1',
      '?q',
      '#f',
      '@',
      '%2e',
      '%20',
      '\\',
      '_',
      'é',
      '80',
      '-',
      'xn--',
      '[::1]',
    ];
    let state = 7;
    const next = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % n;
    };
    let accepted = 0;
    for (let i = 0; i < 40_000; i++) {
      const url = `http${['', 's'][next(2)]}://${Array.from({ length: 1 + next(6) }, () => pieces[next(pieces.length)]).join('')}`;
      const parts = parseUrl(url);
      if (parts !== null) accepted++;
      expect(parts, url).toEqual(parseAnyUrl(url));
    }
    expect(accepted).toBeGreaterThan(5000);
  });
});
