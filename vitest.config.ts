import { defineConfig } from 'vitest/config';
import LongestFirst from './test/reporting/longest-first.js';

/** A JSON report of the run, for programs, goes to this file. */
const { TEST_REPORT } = process.env;

/**
 * Tests that start processes mostly wait for them: two files run side by side, whichever project they belong to, which
 * takes two cores about as far as they go. They begin when the unit tests, which only compute, are done.
 */
const heavy = {
  maxWorkers: 2,
  testTimeout: 180_000,
  hookTimeout: 300_000,
  // A shared machine may stall a broker for longer than a test waits; the report says which test needed a second try.
  retry: process.env.CI ? 1 : 0,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  resolve: { conditions: ['ratchet-source'] },
  ssr: { resolve: { conditions: ['ratchet-source'] } },
  // Where Vitest itself loads what runs beside the tests.
  environments: {
    __vitest__: { resolve: { conditions: ['ratchet-source', 'module', 'node', 'development|production'] } },
  },
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/stack/shared/lender.ts',
    reporters: [
      'default',
      './test/reporting/closing-reporter.ts',
      ...(TEST_REPORT ? [['json', { outputFile: TEST_REPORT }] as const] : []),
    ],
    projects: [
      // The limit only ends what hangs: on a busy machine, a test that takes half a second may take ten.
      { extends: true, test: { name: 'unit', include: ['{apps,libs,deploy,docs}/**/*.test.ts'], testTimeout: 60_000 } },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...heavy } },
      { extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...heavy } },
      { extends: true, test: { name: 'long', include: ['test/long/**/*.test.ts'], ...heavy } },
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...heavy } },
      { extends: true, test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'], ...heavy } },
      // One file, whose tests follow one another over the same containers.
      { extends: true, test: { name: 'images', include: ['test/images/**/*.test.ts'], ...heavy, retry: 0, bail: 1 } },
    ],
  },
});
