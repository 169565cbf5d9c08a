import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first: what starts late must be short, or one core waits for the other. */
const LONGEST = [
  'test/e2e/newcomer.test.ts',
  'test/faults/foreign-messages.test.ts',
  'test/e2e/metrics.test.ts',
  'test/e2e/loop.test.ts',
  'test/browser/stack.test.ts',
  'test/browser/accessibility.test.ts',
  'test/faults/reconciliation.test.ts',
  'test/e2e/self-healing.test.ts',
  'test/browser/console.test.ts',
  'test/faults/ingest.test.ts',
  'test/e2e/crash.test.ts',
  'test/e2e/trial.test.ts',
  'test/faults/broker-restarts.test.ts',
  'test/faults/training.test.ts',
  'test/faults/deployment.test.ts',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const index = LONGEST.indexOf(relative(process.cwd(), moduleId).replaceAll('\\', '/'));
  return index === -1 ? LONGEST.length : index;
};

/** On a fresh clone Vitest knows no durations; it would go by the size of the files. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
