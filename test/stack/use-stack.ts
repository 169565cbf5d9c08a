import { afterAll, afterEach, beforeAll } from 'vitest';
import { type StackOptions, startStack, type TestStack } from './stack.js';

/**
 * One stack for all tests of a file: started before the first, stopped after the last, its logs kept when one failed.
 * Returns the function that gives it to the tests.
 */
export function useStack(label: string, options: StackOptions = {}): () => TestStack {
  let stack: TestStack | null = null;
  let failed = false;
  beforeAll(async () => {
    stack = await startStack(options);
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') failed = true;
  });
  afterAll(async () => {
    await stack?.stop(failed ? { keepLogs: label } : {});
  });
  return () => {
    if (!stack) throw new Error('the stack is there only inside tests and hooks');
    return stack;
  };
}
