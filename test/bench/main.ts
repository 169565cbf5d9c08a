import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { z } from 'zod';

/**
 * `npm run bench -- NAME` runs `test/bench/NAME.ts`, prints its figures and writes `test/bench/results/NAME.json`. A
 * benchmark exports `run()`, which resolves to its name and its figures by name.
 */
const Benchmark = z.object({ run: z.function({ input: [], output: z.promise(z.unknown()) }) });
const Result = z.looseObject({ name: z.string(), figures: z.record(z.string(), z.number()) });

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '../../..');

async function main(name: string | undefined): Promise<number> {
  const names = (await readdir(here))
    .filter((file) => file.endsWith('.js') && file !== 'main.js')
    .map((file) => file.slice(0, -3));
  if (name === undefined || !names.includes(name)) {
    process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}\n`);
    return 2;
  }
  const benchmark = Benchmark.parse(await import(pathToFileURL(join(here, `${name}.js`)).href));
  const result = Result.parse(await benchmark.run());
  const machine = { node: process.version, cpus: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30) };
  const folder = join(repository, 'test/bench/results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ ...result, machine }, null, 2)}\n`);
  const table = new Table({ head: ['figure', 'value'], style: { head: [], border: [] } });
  for (const [figure, value] of Object.entries(result.figures)) table.push([figure, String(value)]);
  process.stdout.write(`${table.toString()}\n`);
  return 0;
}

process.exitCode = await main(process.argv[2]);
