import { afterAll, afterEach, beforeAll } from 'vitest';
import { borrowDatabase, borrowKafka } from './shared/borrow.js';
import { type StackOptions, startStack, type TestStack } from './stack.js';

export interface SharedStackOptions extends Omit<StackOptions, 'lent' | 'durable'> {
  /** Kafka and Postgres of the stack's own, for tests that stop or kill them; `durable` ones write through to the disk. */
  readonly infrastructure?: 'shared' | 'own' | 'own durable';
}

/**
 * One stack for all tests of a file: started before the first, stopped after the last, its logs kept when one failed.
 * Returns the function that gives it to the tests.
 */
export function useStack(label: string, options: SharedStackOptions = {}): () => TestStack {
  const { infrastructure = 'shared', ...rest } = options;
  const loans: { stop(): Promise<void> }[] = [];
  let stack: TestStack | null = null;
  let failed = false;
  beforeAll(async () => {
    if (infrastructure !== 'shared') {
      stack = await startStack({ ...rest, durable: infrastructure === 'own durable' });
      return;
    }
    const [kafka, database] = await Promise.all([borrowKafka(), borrowDatabase('migrated')]);
    loans.push(kafka, database);
    stack = await startStack({ ...rest, lent: { brokers: kafka.brokers, databaseUrl: database.url } });
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') failed = true;
  });
  afterAll(async () => {
    await stack?.stop(failed ? { keepLogs: label } : {});
    for (const loan of loans) await loan.stop();
  });
  return () => {
    if (!stack) throw new Error('the stack is there only inside tests and hooks');
    return stack;
  };
}
