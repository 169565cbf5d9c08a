// hash-token.mjs TOKEN_FILE TOKENS_FILE: what serving needs of the administrator's token, which is its hash. Made beside the
// instances, so that none of them ever sees the token itself.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined)
  throw new Error('expected the file with the token, and the file for its hash');
const token = readFileSync(from, 'utf8').trim();
if (token === '') throw new Error(`${from} holds no token`);
const sha256 = createHash('sha256').update(token).digest('hex');
const draft = `${to}.${process.pid}`;
writeFileSync(draft, `${JSON.stringify([{ name: 'local', role: 'admin', sha256 }])}\n`, { mode: 0o600 });
renameSync(draft, to);
