import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../local/repository.js';
import { aclsScript } from './acls-script.js';

const file = join(REPOSITORY, 'deploy/kafka/acls.sh');
writeFileSync(file, aclsScript());
chmodSync(file, 0o755);
console.log('wrote deploy/kafka/acls.sh');
