import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { locateLibrary, NativeLibraryError } from './locate.js';
import { XGBoost } from './xgboost.js';

const home = mkdtempSync(join(tmpdir(), 'ratchet-native-'));
afterAll(() => rmSync(home, { recursive: true }));

describe('finding the native libraries', () => {
  it('takes the one the environment names, and says so when it is not there', () => {
    const file = join(home, 'mine.so');
    writeFileSync(file, '');
    expect(locateLibrary('xgboost', { env: { XGBOOST_LIBRARY: file }, home })).toBe(file);
    expect(() => locateLibrary('lightgbm', { env: { LIGHTGBM_LIBRARY: '/nowhere.so' }, home })).toThrow(
      /LIGHTGBM_LIBRARY names \/nowhere.so, which does not exist/,
    );
  });

  it('takes the one fetched into the home folder, by the platform its name', () => {
    const folder = join(home, 'native', 'xgboost');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'libxgboost4j.so'), '');
    expect(locateLibrary('xgboost', { env: {}, home, platform: 'linux' })).toBe(join(folder, 'libxgboost4j.so'));
    expect(() => locateLibrary('xgboost', { env: {}, home, platform: 'darwin' })).toThrow(NativeLibraryError);
  });

  it('says what to do when there is none, or none that can be loaded', () => {
    expect(() => locateLibrary('lightgbm', { env: {}, home })).toThrow(/Run "npm start" once.*LIGHTGBM_LIBRARY.*ml-/);
    const broken = join(home, 'broken.so');
    writeFileSync(broken, 'not a library');
    expect(() => XGBoost.open(broken)).toThrow(/broken.so cannot be loaded: .*fetch it again/);
  });
});
