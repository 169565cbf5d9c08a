import type { ImportCounts } from '#contracts/http/ingest';
import { count } from './quantities.js';
import type { Colors } from './screen.js';
import { facts } from './table.js';

/** What an import or collection did, per reason. */
export function importLines(name: string, counts: ImportCounts, colors: Colors): string[] {
  const reasons = Object.entries(counts.rejected_by_reason)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]): [string, string] => [`  ${reason}`, count(n)]);
  return [
    colors.bold(name),
    ...facts(
      [
        ['read', count(counts.read)],
        ['taken', `${count(counts.taken)}  new rows of the dataset`],
        ['folded', `${count(counts.folded)}  further attempts, or second lines, of tasks that are in it`],
        ['duplicate', `${count(counts.duplicate)}  stored before`],
        ['rejected', count(counts.rejected)],
        ...reasons,
      ],
      colors,
    ),
  ];
}
