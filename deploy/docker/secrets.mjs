// Writes what docker-compose.yml needs and nobody else may have: .env, and the administrator's token as a file.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const [root = join(folder, '../..')] = process.argv.slice(2);
const env = join(root, '.env');
if (existsSync(env)) {
  console.error(
    `${env} is there already and is left as it is. Remove it to make new secrets; the volumes keep the old ones.`,
  );
  process.exit(1);
}
const secret = () => randomBytes(24).toString('base64url');
const token = secret();
const names = ['POSTGRES_PASSWORD', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'GRAFANA_PASSWORD'];
const lines = [`RATCHET_ADMIN_TOKEN=${token}`, ...names.map((name) => `${name}=${secret()}`)];
writeFileSync(env, `${lines.join('\n')}\n`, { mode: 0o600 });
// The folder is closed; the file is open, because the containers read it as another user.
const secrets = join(root, 'deploy/docker/secrets');
mkdirSync(secrets, { recursive: true, mode: 0o700 });
writeFileSync(join(secrets, 'token'), token, { mode: 0o644 });
console.log(`Wrote ${env} and ${join(secrets, 'token')}. The token of the console is RATCHET_ADMIN_TOKEN.`);
