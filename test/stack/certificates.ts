import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files of an authority in PEM. */
export interface Authority {
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Certificate {
  readonly certificate: string;
  /** PKCS #8, without a password. */
  readonly key: string;
  /** Key and certificate in one file, as Kafka wants a key store in PEM. */
  readonly both: string;
}

/** Makes an authority of its own, which nobody trusts yet. */
export async function certificateAuthority(folder: string, name: string): Promise<Authority> {
  const certificate = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', key, '-out', certificate],
  ]);
  return { folder, certificate, key };
}

/** A certificate for `name`; `hosts` in openssl's notation, like `IP:127.0.0.1`. */
export async function signedCertificate(authority: Authority, name: string, hosts?: string): Promise<Certificate> {
  const at = (ending: string): string => join(authority.folder, `${name}.${ending}`);
  await run('openssl', [
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    at('key'),
    '-out',
    at('csr'),
  ]);
  await writeFile(at('ext'), hosts === undefined ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${hosts}\n`);
  await run('openssl', [
    ...['x509', '-req', '-in', at('csr'), '-days', '2', '-CA', authority.certificate, '-CAkey', authority.key],
    ...['-CAcreateserial', '-extfile', at('ext'), '-out', at('pem')],
  ]);
  const [key, certificate] = await Promise.all([readFile(at('key'), 'utf8'), readFile(at('pem'), 'utf8')]);
  await writeFile(at('both.pem'), key + certificate, { mode: 0o600 });
  return { certificate: at('pem'), key: at('key'), both: at('both.pem') };
}
