import koffi, { type LibraryHandle } from 'koffi';
import { NativeLibraryError } from './locate.js';

/** Address of something a native library owns. */
export type Pointer = bigint;

/** Calls one function of a C library and throws its own words when it returns a status other than 0. */
export type NativeCall = (...args: unknown[]) => void;

export interface SharedLibrary {
  readonly path: string;
  /** Binds a function that returns 0 on success, from its C declaration. */
  bind(declaration: string): NativeCall;
}

const GOMP = /libgomp|libomp|vcomp/;

/**
 * Loads a shared library whose functions report failure by status and a last-error text. Throws
 * {@link NativeLibraryError} that names what is missing when the system cannot load it.
 */
export function openSharedLibrary(path: string, lastErrorDeclaration: string): SharedLibrary {
  let library: LibraryHandle;
  try {
    library = koffi.load(path);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const remedy = GOMP.test(text)
      ? 'Install the OpenMP runtime ("apt-get install libgomp1" on Debian and Ubuntu, "dnf install libgomp" on Fedora, "brew install libomp" on macOS), then train again.'
      : 'Remove the file, fetch it again with "npm start", and check that it is built for this processor.';
    throw new NativeLibraryError(`${path} cannot be loaded: ${text}.`, remedy, { cause: error });
  }
  const lastError: () => string = library.func(lastErrorDeclaration);
  return {
    path,
    bind(declaration) {
      const call: (...args: unknown[]) => number = library.func(declaration);
      return (...args) => {
        const status = call(...args);
        if (status !== 0) throw new Error(firstLine(lastError()));
      };
    },
  };
}

/** Native libraries append stack traces to their errors; the first lines say what is wrong. */
function firstLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const end = lines.findIndex((line) => /^Stack trace/.test(line));
  // In front of them stand the time and the place in the library's own sources.
  const said = lines.map((line) => line.replace(/^\[\d\d:\d\d:\d\d\] \S+:\d+: /, ''));
  return said.slice(0, end < 0 ? 3 : end).join(' ') || 'the native library failed without saying why';
}

/** The one value a C function wrote through an out parameter. */
export function pointerOf(out: readonly unknown[]): Pointer {
  const value = out[0];
  if (typeof value !== 'bigint' || value === 0n) throw new Error('the native library returned no object');
  return value;
}

/** A count that a C function wrote as a 64-bit integer. */
export function countOf(out: readonly unknown[]): number {
  return Number(out[0]);
}

/** Copies bytes out of memory that a native library owns and may reuse at its next call. */
export function copyBytes(address: Pointer, bytes: number): Buffer {
  return Buffer.from(Buffer.from(koffi.view(address, bytes)));
}

/** Copies floats out of memory that a native library owns. */
export function copyFloats(address: Pointer, count: number): Float32Array {
  return new Float32Array(koffi.view(address, count * 4)).slice();
}

/** Where a typed array's data is; the caller keeps the array alive for as long as the address is used. */
export function addressOf(array: Float32Array | Uint8Array | Float64Array): Pointer {
  return koffi.address(array);
}
