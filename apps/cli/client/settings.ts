import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from '#contracts/stack';
import { Failure } from '../failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the services are and how to sign in, and where each of these came from (for error messages). */
export interface Settings {
  readonly home: string;
  readonly registry: Address;
  readonly ingest: Address;
  readonly token: Token;
  /** What `npm start` wrote down last, if it did. */
  readonly stack: Stack | null;
}

export interface Address {
  readonly url: string;
  /** The variable or file that named it, or null for the default. */
  readonly from: string | null;
}

export type Token =
  | { readonly kind: 'token'; readonly value: string; readonly from: string }
  | { readonly kind: 'none'; readonly file: string };

const DEFAULTS = { registry: 'http://127.0.0.1:7400', ingest: 'http://127.0.0.1:7420' };

/** The project's folder: the nearest one above this file with a package.json, from sources and from dist/ alike. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return process.cwd();
    folder = parent;
  }
  return folder;
}

function readStack(file: string): Stack | null {
  if (!existsSync(file)) return null;
  try {
    return Stack.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Half-written or of another release: the defaults are the better guess.
    return null;
  }
}

function address(name: string, env: Environment, stack: string | undefined, file: string, fallback: string): Address {
  const value = env[name];
  if (value === undefined || value === '') return stack ? { url: stack, from: file } : { url: fallback, from: null };
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new Failure(`${name} is "${value}".`, `Set it to an address like ${fallback}.`);
  return { url: value, from: name };
}

function findToken(env: Environment, home: string): Token {
  const value = env.RATCHET_TOKEN?.trim();
  if (value) return { kind: 'token', value, from: 'RATCHET_TOKEN' };
  const file = join(home, 'token');
  try {
    const stored = readFileSync(file, 'utf8').trim();
    if (stored !== '') return { kind: 'token', value: stored, from: file };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES')
      throw new Failure(
        `The token file ${file} may not be read.`,
        'Run as the user who started Ratchet, or set RATCHET_TOKEN.',
      );
  }
  return { kind: 'none', file };
}

/** RATCHET_URL, RATCHET_INGEST_URL and RATCHET_TOKEN; else what `npm start` wrote into RATCHET_HOME; else the default ports. */
export function readSettings(env: Environment, cwd: string, project = projectFolder()): Settings {
  const home = env.RATCHET_HOME ? resolve(cwd, env.RATCHET_HOME) : join(project, '.ratchet');
  const file = join(home, 'stack.json');
  const stack = readStack(file);
  return {
    home,
    registry: address('RATCHET_URL', env, stack?.registry, file, DEFAULTS.registry),
    ingest: address('RATCHET_INGEST_URL', env, stack?.feedback_ingest, file, DEFAULTS.ingest),
    token: findToken(env, home),
    stack,
  };
}
