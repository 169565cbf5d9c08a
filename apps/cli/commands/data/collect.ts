import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { z } from 'zod';
import type { ImportKind } from '#contracts/http/ingest';
import { defineCommand, modelOption, modelShape, type Session } from '../../cli.js';
import { EXIT, Failure } from '../../failure.js';
import { importLines } from '../../output/import-report.js';
import { type CollectionReport, collectFromApi } from './collect-from-api.js';
import { type ImportReport, importFile, reportLines } from './import-file.js';

export const sinceDaysShape = z.coerce.number('expected a number of days').int().min(1).max(3650);

const DEFAULT_LOGS = { automation: 'logs/automation_logs.jsonl', shadow: 'logs/shadow_mode_logs.jsonl' } as const;

/** The logs named; with neither named and no API, those that are where the engine writes them. */
function logsToRead(
  named: { automation?: string | undefined; shadow?: string | undefined },
  useApi: boolean,
  cwd: string,
): { path: string; kind: ImportKind }[] {
  const kinds = ['automation', 'shadow'] as const;
  const given = kinds.flatMap((kind) => (named[kind] ? [{ path: named[kind], kind }] : []));
  if (given.length > 0 || useApi) return given;
  const present = kinds
    .map((kind) => ({ path: DEFAULT_LOGS[kind], kind }))
    .filter(({ path }) => existsSync(join(cwd, path)));
  if (present.length > 0) return present;
  throw new Failure(
    `Nothing to collect: ${DEFAULT_LOGS.automation} and ${DEFAULT_LOGS.shadow} are not in ${cwd}.`,
    'Name a source: --use-api, --automation-log FILE or --shadow-log FILE.',
    { exitCode: EXIT.usage },
  );
}

function lines(
  report: ImportReport | CollectionReport,
  session: Session,
): (colors: Session['screen']['colors']) => string[] {
  return (colors) =>
    'kind' in report
      ? reportLines(report, colors)
      : importLines(`${report.source}, last ${report.since_days} days`, report.counts, session.screen.colors);
}

export const collect = defineCommand({
  usage: 'collect',
  summary: 'Collect feedback from logs and from the historical API, without training',
  description:
    "Takes the engine's logs whole (what is in the dataset already does not count again), and from the historical API the last --since-days days. With no source named, logs/automation_logs.jsonl and logs/shadow_mode_logs.jsonl are read if they are there.",
  options: [
    modelOption(),
    new Option('--since-days <n>', 'how far back to ask the historical API').default('7'),
    new Option('--use-api', 'collect from the historical API (HISTORICAL_API_URL of feedback-ingest)').default(false),
    new Option('--automation-log <file>', 'a log of automation outcomes'),
    new Option('--shadow-log <file>', 'a log of shadow comparisons'),
  ],
  schema: z.object({
    ...modelShape,
    sinceDays: sinceDaysShape,
    useApi: z.boolean(),
    automationLog: z.string().optional(),
    shadowLog: z.string().optional(),
  }),
  examples: [
    'ratchet collect --since-days 7 --use-api',
    'ratchet collect --automation-log logs/automation_logs.jsonl --shadow-log logs/shadow_mode_logs.jsonl',
  ],
  async run(session, { model, sinceDays, useApi, automationLog, shadowLog }) {
    const logs = logsToRead({ automation: automationLog, shadow: shadowLog }, useApi, session.cwd);
    const reports: (ImportReport | CollectionReport)[] = [];
    for (const { path, kind } of logs) reports.push(await importFile(session, path, { kind, model }));
    if (useApi) reports.push(await collectFromApi(session, model, sinceDays));
    if (reports.some((report) => 'nothing' in report && report.nothing !== null)) session.endWith(EXIT.failed);
    session.screen.result(reports, (colors) =>
      reports.flatMap((report, i) => [...(i > 0 ? [''] : []), ...lines(report, session)(colors)]),
    );
  },
});
