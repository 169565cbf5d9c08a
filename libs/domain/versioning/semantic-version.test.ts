import { describe, expect, it } from 'vitest';
import { compareVersions, formatVersion, highestVersion, parseVersion } from './semantic-version.js';

describe('semantic versions', () => {
  it('are read and written alike', () => {
    expect(formatVersion(parseVersion('v12.0.7'))).toBe('v12.0.7');
  });

  it.each(['1.0.0', 'v1.0', 'v1.0.0-rc1', ''])('%j is not one', (text) => {
    expect(() => parseVersion(text)).toThrow(/expected one like "v1.2.0"/);
  });

  it('are ordered by number, not by letter', () => {
    expect(['v1.10.0', 'v2.0.0', 'v1.9.3', 'v1.9.0'].sort(compareVersions)).toEqual([
      'v1.9.0',
      'v1.9.3',
      'v1.10.0',
      'v2.0.0',
    ]);
    expect(highestVersion(['v1.9.0', 'v1.10.0', 'v1.2.0'])).toBe('v1.10.0');
    expect(highestVersion([])).toBeNull();
  });
});
