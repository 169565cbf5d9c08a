import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type NativeLibrary = 'xgboost' | 'lightgbm';

/** A native library that is not there or cannot be loaded, and what to do about it. */
export class NativeLibraryError extends Error {
  constructor(
    readonly reason: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${reason} ${remedy}`, options);
    this.name = 'NativeLibraryError';
  }
}

const VARIABLE: Record<NativeLibrary, string> = { xgboost: 'XGBOOST_LIBRARY', lightgbm: 'LIGHTGBM_LIBRARY' };

/** File names under which the libraries are shipped: from Maven first, then as Python wheels and system packages name them. */
const FILES: Record<NativeLibrary, Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  xgboost: {
    linux: ['libxgboost4j.so', 'libxgboost.so'],
    darwin: ['libxgboost4j.dylib', 'libxgboost.dylib'],
    win32: ['xgboost4j.dll', 'xgboost.dll'],
  },
  lightgbm: {
    linux: ['lib_lightgbm.so'],
    darwin: ['lib_lightgbm.dylib'],
    win32: ['lib_lightgbm.dll'],
  },
};

export interface LocateOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** RATCHET_HOME: the libraries are in its native/xgboost and native/lightgbm. */
  readonly home: string;
  readonly platform?: NodeJS.Platform;
}

/**
 * Path of a native library: the one that XGBOOST_LIBRARY or LIGHTGBM_LIBRARY names, else the one fetched into
 * RATCHET_HOME. Throws {@link NativeLibraryError} when there is none.
 */
export function locateLibrary(library: NativeLibrary, options: LocateOptions): string {
  const named = options.env[VARIABLE[library]];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new NativeLibraryError(
      `${VARIABLE[library]} names ${named}, which does not exist.`,
      'Point it to the shared library, or unset it and run "npm start", which fetches one.',
    );
  }
  const folder = join(options.home, 'native', library);
  for (const file of FILES[library][options.platform ?? process.platform] ?? [])
    if (existsSync(join(folder, file))) return join(folder, file);
  throw new NativeLibraryError(
    `There is no ${library} library in ${folder}.`,
    `Run "npm start" once, which fetches it, or set ${VARIABLE[library]} to the path of one, or train with a portable backend (model_type ml-random-forest or ml-xgboost).`,
  );
}
