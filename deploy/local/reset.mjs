// Deletes the data of the local stack. What was fetched (Kafka, native libraries) stays unless --all is given.
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const home = resolve(process.env.RATCHET_HOME || join(root, '.ratchet'));
const DATA = [
  'kafka-data',
  'postgres',
  'postgres.new',
  'postgres.password',
  'artifacts',
  'training',
  'serving',
  'imports',
  'tokens.json',
  'logs',
  'run',
  'stack.json',
  'token',
];
const FETCHED = ['kafka', 'native'];

if (process.argv.includes('--help')) {
  console.log(
    'npm run reset [-- --all]\n\nDeletes the data of the local stack in RATCHET_HOME (default .ratchet): events, models, database, logs, token.\n--all also deletes Kafka and the native libraries, which the next start fetches again.',
  );
  process.exit(0);
}

async function refuseWhileRunning() {
  const lock = join(home, 'run/lock.json');
  if (!existsSync(lock)) return;
  const program = join(root, 'dist/deploy/local/processes/process-identity.js');
  if (!existsSync(program)) return;
  const { isRunning } = await import(pathToFileURL(program).href);
  const owner = JSON.parse(readFileSync(lock, 'utf8'));
  if (!isRunning(owner)) return;
  console.error(
    `Ratchet runs on ${home} as process ${owner.pid}. Stop it first (Ctrl-C, or kill ${owner.pid}), then reset.`,
  );
  process.exit(1);
}

/** Started by root, Postgres may keep its data outside; the folder is a link then. */
function deletePostgresOutside() {
  const folder = join(home, 'postgres');
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  if (real.startsWith('/var/lib/ratchet/')) rmSync(dirname(real), { recursive: true, force: true });
}

await refuseWhileRunning();
deletePostgresOutside();
for (const name of process.argv.includes('--all') ? [...DATA, ...FETCHED] : DATA)
  rmSync(join(home, name), { recursive: true, force: true });
console.log(`The data in ${home} is deleted. npm start begins anew.`);
