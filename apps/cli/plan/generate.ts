import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from '../client/settings.js';
import { committedFigures, MEASURED_FILE, measuredSource } from './measured-source.js';
import { SCALING_PAGE, scalingPage } from './scaling-page.js';

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const figures = committedFigures();
  writeFileSync(join(projectFolder(), MEASURED_FILE), measuredSource(figures));
  writeFileSync(join(projectFolder(), 'docs', SCALING_PAGE), await scalingPage(figures));
  console.log(`wrote ${MEASURED_FILE} and docs/${SCALING_PAGE}`);
}
