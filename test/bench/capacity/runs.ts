import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestStack } from '../../stack/stack.js';
import { fillDatabase, runOurs } from '../training/pipeline.js';

const CLOCK_TICKS = 100;

function evaluatorUse(pid: number): { readonly cpu: number; readonly peak: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpu: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS, peak: Number(peak) * 1024 };
}

/** Of all files below a folder; before the first one is written, there is none. */
function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

interface RunUse {
  readonly rows: number;
  /** Of trainer, training process and evaluator together, at their most. */
  readonly peak: number;
  readonly evaluatorPeak: number;
  readonly evaluatorCpu: number;
  readonly snapshotBytes: number;
  readonly packageBytes: number;
}

/** A run on so many rows of test/bench/training/rows.ts, from request to verdict. */
async function measureRun(stack: TestStack, rows: number): Promise<RunUse> {
  await stack.query('drop schema if exists bench cascade; truncate feedback.tasks');
  await fillDatabase(stack, rows);
  const artifacts = join(stack.home, 'artifacts');
  const bytes = (folder: string): number => folderBytes(join(artifacts, folder));
  const { pid } = stack.child('evaluator');
  // From here on its peak counts anew.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = { ...evaluatorUse(pid), snapshots: bytes('snapshots'), packages: bytes('packages') };
  const { mebibytes } = await runOurs(stack);
  const after = evaluatorUse(pid);
  return {
    rows,
    peak: mebibytes * 2 ** 20,
    evaluatorPeak: after.peak,
    evaluatorCpu: after.cpu - before.cpu,
    snapshotBytes: bytes('snapshots') - before.snapshots,
    packageBytes: bytes('packages') - before.packages,
  };
}

/** What a training row and a holdout row cost: the difference of a large run to a small one. */
export async function measureRuns(stack: TestStack, small: number, large: number) {
  // The first run of a process pays for what is loaded once.
  await measureRun(stack, small / 2);
  const [less, more] = [await measureRun(stack, small), await measureRun(stack, large)];
  const holdout = (more.rows - less.rows) * 0.15;
  const perRow = (more.peak - less.peak) / (more.rows - less.rows);
  return {
    run_base_mib: Math.round((less.peak - perRow * less.rows) / 2 ** 20),
    run_bytes_per_row: Math.round(perRow),
    holdout_row_bytes: Math.round((more.evaluatorPeak - less.evaluatorPeak) / holdout),
    holdout_row_cpu_us: Number((((more.evaluatorCpu - less.evaluatorCpu) * 1e6) / holdout).toFixed(1)),
    snapshot_bytes_per_row: Number((more.snapshotBytes / more.rows).toFixed(1)),
    package_bytes: more.packageBytes,
  };
}
