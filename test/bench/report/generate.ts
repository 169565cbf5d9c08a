import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { PERFORMANCE_PAGE, performancePage } from './performance-page.js';

writeFileSync(join(REPOSITORY, 'docs', PERFORMANCE_PAGE), performancePage());
console.log(`wrote docs/${PERFORMANCE_PAGE}`);
