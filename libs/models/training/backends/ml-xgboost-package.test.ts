import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { loadMlXgboost } from './ml-xgboost-package.js';

it('loads ml-xgboost without a word on stderr, and gives the streaming of WebAssembly back', async () => {
  const { instantiateStreaming } = WebAssembly;
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
  expect(WebAssembly.instantiateStreaming).toBe(instantiateStreaming);
});
