// Puts the native libraries of this image's platform into the folder that is named, by the same code as `npm start`.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder for the libraries');
const { fetchArtifacts } = await import('../../dist/deploy/local/fetch/artifacts.js');
const home = '/tmp/artifacts';
await fetchArtifacts(home);
cpSync(join(home, 'native'), folder, { recursive: true });
rmSync(home, { recursive: true });
