import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { SPLIT_PARTS, splitPart } from '#domain/split';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { SPLIT_SHARES, splitKeys } from '../fixtures/split-keys.js';
import { pythonWith, TRAINER_LIBRARIES } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-split-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(SPLIT_SHARES)(
  "the reference trainer's split is ours on a million keys: %o",
  async (shares) => {
    const python = await pythonWith(TRAINER_LIBRARIES, 'venv-trainer');
    const keys = splitKeys(1_000_000, { nul: true });
    const file = join(folder, 'keys.jsonl');
    writeFileSync(file, keys.map((key) => `${JSON.stringify(key)}\n`).join(''));
    const script = join(REPOSITORY, 'test/conformance/split_parts.py');
    const { stdout } = await promisify(execFile)(
      python,
      [script, join(REPOSITORY, 'clients/python'), file, JSON.stringify(shares)],
      { maxBuffer: 1 << 24 },
    );
    const theirs = stdout.trim();
    expect(theirs).toHaveLength(keys.length);
    const differing = keys.filter((key, i) => SPLIT_PARTS.indexOf(splitPart(key, shares)) !== Number(theirs[i]));
    expect(differing.slice(0, 10)).toEqual([]);
  },
  600_000,
);
