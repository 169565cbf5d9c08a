import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

const works = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

/**
 * Path of a program that is written in Go: the one that `variable` or PATH names, else built once, by `go install`, into
 * the tools of RATCHET_HOME. Null, with the reason printed, where there is neither the program nor Go.
 */
export function goTool(name: string, variable: string, source: string): string | null {
  const given = process.env[variable];
  if (given !== undefined && given !== '') return given;
  if (works(name)) return name;
  const folder = join(DEFAULT_HOME, 'tools', name);
  const built = join(folder, source.split('@')[0]?.split('/').at(-1) ?? name);
  if (existsSync(built)) return built;
  mkdirSync(folder, { recursive: true });
  const { status, error, stderr } = spawnSync('go', ['install', source], {
    env: { ...process.env, GOBIN: folder },
    encoding: 'utf8',
    timeout: 900_000,
  });
  if (status === 0 && existsSync(built)) return built;
  const why = error?.message ?? stderr.slice(-300);
  process.stderr.write(`SKIPPED: no ${name}; set ${variable}, or have Go build it: go install ${source} (${why})\n`);
  return null;
}
