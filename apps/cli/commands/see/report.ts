import { Option } from 'commander';
import { z } from 'zod';
import { VersionOrAlias } from '#contracts/primitives';
import { defineCommand, modelOption, modelShape, versionOption } from '../../cli.js';
import { size } from '../../output/quantities.js';
import { deliver } from '../export-file.js';

export const report = defineCommand({
  usage: 'report',
  summary: 'Write the report of how a version was judged: a page for the browser',
  description:
    'Writes the page that the evaluator made when it judged the version: gate, evidence, ROC, calibration, confusion, slices and importance. It needs nothing else, so it can be sent by mail or kept beside a ticket.',
  options: [
    modelOption(),
    versionOption(),
    new Option('--output <file>', 'where to (default: MODEL-VERSION.html here; - is stdout)'),
  ],
  schema: z.object({ ...modelShape, version: VersionOrAlias, output: z.string().min(1).optional() }),
  examples: ['ratchet report --version v1.1.0', 'ratchet report --version v1.1.0 --output reports/'],
  async run(session, { model, version, output }) {
    const written = await deliver(session, { output, name: `${model}-${version}.html` }, () =>
      session.registry.stream('readReport', { params: { model, version } }),
    );
    if (written !== null)
      session.screen.result({ model, version, ...written }, () => [
        `Wrote ${written.file} (${size(written.bytes)}). Open it in a browser.`,
      ]);
  },
});
