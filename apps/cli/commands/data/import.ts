import { Option } from 'commander';
import { z } from 'zod';
import { ImportKind, INGEST_OPERATIONS } from '#contracts/http/ingest';
import { defineCommand, modelOption, modelShape, type Session } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { FileFailure, type ImportChoices, type ImportReport, importFile, reportLines } from './import-file.js';

interface Outcome {
  readonly reports: readonly ImportReport[];
  readonly failed: readonly { readonly source: string; readonly failure: Failure }[];
  readonly untried: readonly string[];
}

/**
 * One file after the other. A file that is not there or not recognised does not keep the others back; a service that
 * refuses or breaks off does, as it would for each of them.
 */
async function importAll(session: Session, files: readonly string[], choices: ImportChoices): Promise<Outcome> {
  const reports: ImportReport[] = [];
  const failed: { source: string; failure: Failure }[] = [];
  for (const [i, path] of files.entries()) {
    try {
      reports.push(await importFile(session, path, choices));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failed.push({ source: path, failure: error });
      if (!(error instanceof FileFailure)) return { reports, failed, untried: files.slice(i + 1) };
    }
  }
  return { reports, failed, untried: [] };
}

export const importCommand = defineCommand({
  usage: 'import <file...>',
  summary: 'Take outcome logs, shadow logs, datasets or saved API answers into the dataset',
  description:
    'Streams the files to feedback-ingest and reports how many lines were taken, folded, duplicate and rejected, per reason. Importing a file again adds nothing. Before a file is taken, columns that are no feature and features without a column are named; one whose column is probably misspelt is not taken, and the command that takes it with the column renamed is printed. Separators (comma, semicolon, tab, bar), UTF-16, Latin-1 and gzip are recognised. A file that cannot be read or recognised, or of which nothing can be taken, does not keep the others back; the command then exits 1. Rejected rows go to FILE.rejected.csv in the current folder, each with its line number.',
  options: [
    modelOption(),
    new Option('--kind <kind>', 'what the files are, if their first lines do not show it for the model').choices(
      ImportKind.options,
    ),
    new Option('--rename <column=feature,…>', 'read columns of a CSV under other names'),
    new Option('--as-is', 'take a file although a column of it is probably a misspelt feature'),
  ],
  schema: z.object({
    ...modelShape,
    kind: ImportKind.optional(),
    rename: INGEST_OPERATIONS.importFile.query.shape.rename.unwrap().optional(),
    asIs: z.boolean().optional(),
  }),
  examples: [
    'ratchet import logs/automation_logs.jsonl',
    'ratchet import logs/shadow_mode_logs.jsonl --kind shadow',
    'ratchet import customers.csv --model churn',
    'ratchet import customers.csv --model churn --rename tenure=months,gone=churned',
    'ratchet import training_backlinks_enriched.csv export-*.csv',
  ],
  async run(session, choices, files) {
    const { screen } = session;
    const { reports, failed, untried } = await importAll(session, files, choices);
    const [first] = failed;
    if (first && files.length === 1) throw first.failure;
    if (first || reports.some(({ nothing }) => nothing !== null)) session.endWith(EXIT.failed);
    const document = [...reports, ...failed.map(({ source, failure }) => ({ source, ...failure.toDocument() }))];
    screen.result(document, (colors) => [
      ...reports.flatMap((report, i) => [...(i > 0 ? [''] : []), ...reportLines(report, colors)]),
      ...(files.length > 1 && reports.length > 0 ? [''] : []),
      ...(files.length > 1 ? [`${reports.length} of ${files.length} files imported`] : []),
    ]);
    if (screen.json) return;
    for (const { failure } of failed) screen.failure(failure);
    if (untried.length > 0) screen.note(`not tried: ${untried.join(', ')}`);
  },
});
