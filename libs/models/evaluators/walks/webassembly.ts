/** As much of WebAssembly as is used here. The types of Node leave it out, and those of browsers bring everything else along. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

const isApi = (value: unknown): value is WebAssemblyApi =>
  typeof value === 'object' && value !== null && 'Memory' in value && 'Module' in value && 'Instance' in value;

/** Throws in a Node that is started without it (--jitless). */
export function webAssembly(): WebAssemblyApi {
  const api: unknown = Reflect.get(globalThis, 'WebAssembly');
  if (!isApi(api)) throw new Error('this Node has no WebAssembly; start it without --jitless');
  return api;
}
