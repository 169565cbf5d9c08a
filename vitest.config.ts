import { defineConfig } from 'vitest/config';

/**
 * Tests that start brokers and databases run one file at a time, and one project after another, so that they never
 * compete for the machine.
 */
const heavy = (groupOrder: number) => ({
  fileParallelism: false,
  testTimeout: 180_000,
  hookTimeout: 300_000,
  // A shared machine may stall a broker for longer than a test waits; the report says which test needed a second try.
  retry: process.env.CI ? 1 : 0,
  sequence: { groupOrder },
});

export default defineConfig({
  resolve: { conditions: ['ratchet-source'] },
  ssr: { resolve: { conditions: ['ratchet-source'] } },
  test: {
    projects: [
      // The limit only ends what hangs: on a busy machine, a test that takes half a second may take ten.
      { extends: true, test: { name: 'unit', include: ['{apps,libs,deploy,docs}/**/*.test.ts'], testTimeout: 60_000 } },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...heavy(1) } },
      { extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'], ...heavy(2) } },
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...heavy(3) } },
      { extends: true, test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'], ...heavy(4) } },
    ],
  },
});
