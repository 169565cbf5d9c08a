import { Option } from 'commander';
import { z } from 'zod';
import { ImportKind } from '#contracts/http/ingest';
import { defineCommand, modelOption, modelShape } from '../cli.js';
import { importLines } from '../output/import-report.js';
import { type ImportReport, importFile, kindOf, reportTail, sourceFile } from './import-file.js';

export const importCommand = defineCommand({
  usage: 'import <file...>',
  summary: 'Take outcome logs, shadow logs, datasets or saved API answers into the dataset',
  description:
    'Streams the files to feedback-ingest and reports how many lines were taken, folded, duplicate and rejected, per reason. Importing a file again adds nothing. Rejected rows go to FILE.rejected.csv in the current folder, each with its line number.',
  options: [
    modelOption(),
    new Option('--kind <kind>', 'what the files are, if their first lines do not show it').choices(ImportKind.options),
  ],
  schema: z.object({ ...modelShape, kind: ImportKind.optional() }),
  examples: [
    'ratchet import logs/automation_logs.jsonl',
    'ratchet import logs/shadow_mode_logs.jsonl --kind shadow',
    'ratchet import training_backlinks_enriched.csv export-*.csv',
  ],
  async run(session, { model, kind }, files) {
    // All files are looked at before the first is sent: a typing error in the last name should not cost half an import.
    const sources = files.map((path) => ({ path, kind: kindOf(sourceFile(path, session.cwd).path, kind) }));
    const reports: ImportReport[] = [];
    for (const source of sources) reports.push(await importFile(session, source.path, source.kind, model));
    session.screen.result(reports, (colors) =>
      reports.flatMap((report, i) => [
        ...(i > 0 ? [''] : []),
        ...importLines(`${report.source} (${report.kind})`, report.counts, colors),
        ...reportTail(report),
      ]),
    );
  },
});
