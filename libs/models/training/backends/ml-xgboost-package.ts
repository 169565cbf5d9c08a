import { createRequire } from 'node:module';
import { z } from 'zod';

/** What is used of the package's model. */
export interface Booster {
  train(rows: readonly (readonly number[])[], labels: readonly number[]): void;
  /** P(second class) of each row, or the probabilities of all classes. */
  predict(rows: readonly (readonly number[])[]): (number | number[])[];
  toJSON(): { model: number[] };
  free(): void;
}

const Package = z.custom<new (options: Readonly<Record<string, string | number>>) => Booster>(
  (value) => typeof value === 'function',
);

/**
 * The package's class, compiled on first use. It has no types, and exports a promise as CommonJS, which an import would
 * wrap in a module that is no promise but has a `then`.
 */
export async function loadMlXgboost() {
  return Package.parse(await withoutStreaming(() => createRequire(import.meta.url)('ml-xgboost')));
}

const NAME = 'instantiateStreaming';

/**
 * The package is older than Node's fetch. Where there is one it takes itself to be in a browser, tries to stream its
 * WebAssembly from a path that is no URL, and writes two lines about that to stderr before it reads the file, as it does
 * at once where nothing can be streamed. It decides so while it is loaded.
 */
function withoutStreaming<T>(load: () => T): T {
  const webAssembly: object = Reflect.get(globalThis, 'WebAssembly');
  const streaming = Object.getOwnPropertyDescriptor(webAssembly, NAME);
  Object.defineProperty(webAssembly, NAME, { value: undefined, configurable: true });
  try {
    return load();
  } finally {
    if (streaming) Object.defineProperty(webAssembly, NAME, streaming);
    else Reflect.deleteProperty(webAssembly, NAME);
  }
}
