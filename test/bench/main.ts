import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { z } from 'zod';
import { COMPARED } from './report/comparisons.js';
import { cellsOf, committedResults, comparisonLines } from './report/performance-page.js';

/**
 * `npm run bench -- all` runs those of docs/performance.md and prints its table. `npm run bench -- NAME` runs `test/bench/NAME.ts`, prints its figures and writes `test/bench/results/NAME.json`. A
 * benchmark exports `run()`, which resolves to its name and its figures by name.
 */
const Benchmark = z.object({ run: z.function({ input: [], output: z.promise(z.unknown()) }) });
const Result = z.looseObject({ name: z.string(), figures: z.record(z.string(), z.number()) });

const PLAIN = { head: [], border: [] };
const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '../../..');

async function main(name: string | undefined): Promise<number> {
  const names = (await readdir(here))
    .filter((file) => file.endsWith('.js') && file !== 'main.js')
    .map((file) => file.slice(0, -3));
  if (name === 'all') return runAll();
  if (name === undefined || !names.includes(name)) {
    process.stderr.write(
      `usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}; or all, for ${COMPARED.join(', ')} and one table\n`,
    );
    return 2;
  }
  const benchmark = Benchmark.parse(await import(pathToFileURL(join(here, `${name}.js`)).href));
  const result = Result.parse(await benchmark.run());
  const machine = { node: process.version, cpus: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30) };
  const folder = join(repository, 'test/bench/results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ ...result, machine }, null, 2)}\n`);
  const table = new Table({ head: ['figure', 'value'], style: PLAIN });
  for (const [figure, value] of Object.entries(result.figures)) table.push([figure, String(value)]);
  process.stdout.write(`${table.toString()}\n`);
  return 0;
}

/** Each in a process of its own, so that none runs in what another one has left. */
async function runAll(): Promise<number> {
  const failed: string[] = [];
  for (const [i, name] of COMPARED.entries()) {
    process.stderr.write(`${name} (${i + 1} of ${COMPARED.length})\n`);
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) failed.push(name);
  }
  const table = new Table({
    head: ['what', 'measured', 'rounds', 'wanted', 'holds'],
    style: PLAIN,
    colWidths: [60],
    wordWrap: true,
  });
  for (const line of comparisonLines(committedResults())) table.push([line.what, ...cellsOf(line)]);
  process.stdout.write(`${table.toString()}\n`);
  if (failed.length === 0) return 0;
  process.stderr.write(
    `failed, so that their figures are those of an earlier run: ${failed.join(', ')}; run each by itself to see why\n`,
  );
  return 1;
}

process.exitCode = await main(process.argv[2]);
