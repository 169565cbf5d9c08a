import { describe, expect, it } from 'vitest';
import { nativeEntries } from './artifacts.js';
import { downloadedFile, pom } from './maven.js';

describe('nativeEntries', () => {
  it.each([
    ['linux', 'x64', 'lib/linux/x86_64/libxgboost4j.so', 'lightgbm4j/linux/x86_64/lib_lightgbm.so'],
    ['linux', 'arm64', 'lib/linux/aarch64/libxgboost4j.so', 'lightgbm4j/linux/aarch64/lib_lightgbm.so'],
    ['darwin', 'arm64', 'lib/macos/aarch64/libxgboost4j.dylib', 'lightgbm4j/osx/aarch64/lib_lightgbm.dylib'],
    ['win32', 'x64', 'lib/windows/x86_64/xgboost4j.dll', 'lightgbm4j/windows/x86_64/lib_lightgbm.dll'],
  ] as const)('%s on %s', (system, cpu, xgboost, lightgbm) => {
    expect(nativeEntries(system, cpu)).toEqual({ xgboost, lightgbm });
  });

  it.each([
    ['win32', 'arm64'],
    ['linux', 'ppc64'],
    ['freebsd', 'x64'],
  ] as const)('has nothing for %s on %s', (system, cpu) => {
    expect(nativeEntries(system, cpu)).toBeNull();
  });
});

describe('pom', () => {
  it('leaves out what an artifact depends on only where asked', () => {
    const text = pom([
      { coordinates: 'a.b:c:1', transitive: true },
      { coordinates: 'd:e:2', transitive: false },
    ]);
    expect(text).toContain('<groupId>a.b</groupId><artifactId>c</artifactId><version>1</version></dependency>');
    expect(text).toContain('<version>2</version><exclusions>');
    expect(text.match(/<exclusion>/g)).toHaveLength(1);
  });
});

describe('downloadedFile', () => {
  it.each([
    ['[INFO] Downloaded from central: https://repo.example/maven2/a/b/1/b-1.jar (43 kB at 1.2 MB/s)', 'b-1.jar'],
    ['[INFO] Downloaded from my-mirror: http://10.0.0.1:8081/x/b-1.pom (43 kB at 1.2 MB/s)', 'b-1.pom'],
    ['[INFO] Downloading from central: https://repo.example/maven2/a/b/1/b-1.jar', null],
    ['[INFO] BUILD SUCCESS', null],
  ])('%s', (line, expected) => {
    expect(downloadedFile(line)).toBe(expected);
  });
});
