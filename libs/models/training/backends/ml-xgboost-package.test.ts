import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { loadMlXgboost } from './ml-xgboost-package.js';

const streaming = (): unknown => Reflect.get(Reflect.get(globalThis, 'WebAssembly'), 'instantiateStreaming');

it('loads ml-xgboost without a word on stderr, and gives the streaming of WebAssembly back', async () => {
  const before = streaming();
  expect(before).toBeTypeOf('function');
  const spies = [
    vi.spyOn(process.stderr, 'write').mockReturnValue(true),
    vi.spyOn(console, 'error').mockReturnValue(undefined),
    vi.spyOn(console, 'warn').mockReturnValue(undefined),
  ];
  try {
    await loadMlXgboost();
    await setTimeout(0);
    expect(spies.flatMap(({ mock }) => mock.calls)).toEqual([]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  expect(streaming()).toBe(before);
});
