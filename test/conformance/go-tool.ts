import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import type { Requirement } from '../stack/requirement.js';

const works = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

/**
 * A program that is written in Go: the one that `variable` or PATH names, else built once, by `go install`, into the
 * tools of RATCHET_HOME.
 */
export function goTool(name: string, variable: string, source: string): Requirement {
  const remedy = `set ${variable} to its path, or have Go build it: go install ${source}`;
  const given = process.env[variable];
  if (given !== undefined && given !== '') return { name, remedy, program: given };
  if (works(name)) return { name, remedy, program: name };
  const folder = join(DEFAULT_HOME, 'tools', name);
  const built = join(folder, source.split('@')[0]?.split('/').at(-1) ?? name);
  if (existsSync(built)) return { name, remedy, program: built };
  mkdirSync(folder, { recursive: true });
  const { status, error, stderr } = spawnSync('go', ['install', source], {
    env: { ...process.env, GOBIN: folder },
    encoding: 'utf8',
    timeout: 900_000,
  });
  if (status === 0 && existsSync(built)) return { name, remedy, program: built };
  return { name, remedy: `${remedy} (${error?.message ?? stderr.slice(-300)})`, program: null };
}
