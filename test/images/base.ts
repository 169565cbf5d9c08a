import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerEngine, must } from './engine.js';

/** Stands for node:24-bookworm-slim: Debian's minimal system, npm's binary of Node, npm, and the user `node`. */
export const BASE = 'localhost/node:stand-in';
const NODE_MAJOR = 24;
const CERTIFICATES = '/usr/local/share/ca-certificates';

/** As in the slim images of Debian. */
const LEFT_OUT = ['doc', 'man/man?', 'locale', 'info', 'lintian', 'linda', 'groff'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);

/** The certificate authorities that this machine trusts beyond Debian's, which a company's proxy may need. */
async function ownCertificates(): Promise<string[]> {
  const names = await readdir(CERTIFICATES).catch(() => []);
  return names.filter((name) => name.endsWith('.crt')).map((name) => join(CERTIFICATES, name));
}

/** Makes the base image, unless the engine has it. */
export async function makeBase(engine: ContainerEngine): Promise<void> {
  if (await engine.has(BASE)) return;
  const work = await mkdtemp(join(tmpdir(), 'ratchet-base-'));
  try {
    const node = join(work, 'node');
    await mkdir(node);
    await writeFile(join(node, 'package.json'), '{ "private": true }\n');
    const packages = [`node-linux-${process.arch}@${NODE_MAJOR}`, 'npm@11'];
    await must('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: node });

    const tree = join(work, 'tree');
    const [bin, modules] = [join(tree, 'usr/local/bin'), join(tree, 'usr/local/lib/node_modules')];
    await mkdir(bin, { recursive: true });
    await mkdir(join(tree, CERTIFICATES), { recursive: true });
    await cp(join(node, `node_modules/node-linux-${process.arch}/bin/node`), join(bin, 'node'));
    await cp(join(node, 'node_modules/npm'), join(modules, 'npm'), { recursive: true });
    for (const file of await ownCertificates()) await cp(file, join(tree, CERTIFICATES, file.split('/').at(-1) ?? ''));

    const tar = join(work, 'base.tar');
    const hook = (script: string) => `--customize-hook=${script}`;
    await must('mmdebstrap', [
      '--variant=minbase',
      '--mode=root',
      '--include=ca-certificates',
      ...LEFT_OUT,
      hook(`cp -a "${tree}/." "$1/"`),
      hook('chroot "$1" update-ca-certificates'),
      hook('for each in npm npx; do ln -s "../lib/node_modules/npm/bin/$each-cli.js" "$1/usr/local/bin/$each"; done'),
      hook('chroot "$1" groupadd --gid 1000 node'),
      hook('chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node'),
      'bookworm',
      tar,
      ...(process.env.DEBIAN_MIRROR ? [process.env.DEBIAN_MIRROR] : []),
    ]);
    const changes = [
      // In the image itself, as real ones have it: for pods, podman adds none.
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
      'CMD ["node"]',
    ];
    await engine.podman('import', ...changes.flatMap((change) => ['--change', change]), tar, BASE);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * For `buildah bud`: lets what runs in a build reach what this machine reaches, by mounts, so that no image holds them:
 * settings of npm and Maven, and apt's about sources and proxies.
 */
export async function machineSettings(): Promise<string[]> {
  const mounts: string[] = [];
  const home = process.env.HOME ?? '/root';
  const apt = '/etc/apt/apt.conf.d';
  const candidates = [
    [`${home}/.npmrc`, '/root/.npmrc'],
    [`${home}/.m2/settings.xml`, '/usr/share/maven/conf/settings.xml'],
    ...(await readdir(apt).catch(() => [])).map((name) => [join(apt, name), join(apt, name)]),
  ];
  for (const [from = '', to = ''] of candidates) {
    const text = await readFile(from, 'utf8').catch(() => null);
    if (text === null || (from.startsWith(apt) && !/^\s*Acquire/m.test(text))) continue;
    mounts.push('--volume', `${from}:${to}:ro`);
  }
  return mounts;
}
