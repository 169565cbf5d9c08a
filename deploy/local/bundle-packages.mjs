// Puts the packages that services import into dist/node_modules, each bundled into one file. Node looks there before
// the root's node_modules, so nothing else has to know of it. A service consists of thousands of small files of
// packages, and to find, read and compile them one by one is two thirds of its start.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Left as they are, each for a reason. */
const NOT_BUNDLED = new Map([
  ['@duckdb/node-api', 'native'],
  ['@toondepauw/node-zstd', 'native'],
  ['koffi', 'native'],
  ['lz4-napi', 'native'],
  ['snappy', 'native'],
  ['@grpc/reflection', 'reads its .proto files beside it'],
  ['grpc-health-check', 'reads its .proto files beside it'],
  ['kafkajs', 'opened by inner paths'],
  ['reflect-metadata', 'extends a global before all others, once'],
]);

/** A static import of something that is neither a file of ours nor only a type. */
const IMPORTED = /^(?:(?:import|export) (?!type )[^;]*?from|import) '([^.#'][^']*)';/gm;

/** Where a specifier's file stands in dist/node_modules, without its ending. */
const placeOf = (specifier) =>
  packageOf(specifier) === specifier ? `${specifier}/index` : specifier.replace(/\.js$/, '');

const packageOf = (specifier) => specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0];

function specifiersIn(files, dependencies) {
  const found = new Set();
  for (const file of files)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      const name = packageOf(specifier);
      if (dependencies.has(name) && !NOT_BUNDLED.has(name)) found.add(specifier);
    }
  return [...found].sort();
}

/** What Node itself would see of the package, CommonJS or not. */
async function entryOf(specifier) {
  const seen = Object.keys(await import(specifier)).filter((name) => name !== 'module.exports');
  const names = seen.filter((name) => name !== 'default');
  return [
    `import * as it from '${specifier}';`,
    names.length > 0 ? `export const { ${names.join(', ')} } = it;` : '',
    seen.includes('default') ? 'export default it.default;' : '',
  ].join('\n');
}

/** Packages ask for others that need not be installed; those stay what they are, an import that may fail. */
const missingStaysImport = {
  name: 'missing-stays-import',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./#]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'asked') return undefined;
      const { importer, namespace, resolveDir, kind } = from;
      const found = await resolve(path, { importer, namespace, resolveDir, kind, pluginData: 'asked' });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** What bundled CommonJS expects to be there. */
const COMMONJS = [
  "import { createRequire as requireOf } from 'node:module';",
  'const require = requireOf(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

/**
 * @param root - the repository
 * @param files - TypeScript files whose imports are bundled
 */
export async function bundlePackages(root, files) {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const specifiers = specifiersIn(files, new Set(Object.keys(dependencies)));
  const target = join(root, 'dist/node_modules');
  const stamp = join(target, '.made-from');
  const madeFrom = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(readFileSync(new URL(import.meta.url)))
    .update(`${process.version} ${specifiers.join(' ')}`)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === madeFrom) return;

  rmSync(target, { recursive: true, force: true });
  const entries = new Map();
  for (const specifier of specifiers) entries.set(specifier, await entryOf(specifier));
  await build({
    entryPoints: Object.fromEntries(specifiers.map((specifier) => [placeOf(specifier), `entry:${specifier}`])),
    plugins: [
      {
        name: 'entries',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }));
          onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
            contents: entries.get(path),
            resolveDir: root,
          }));
        },
      },
      missingStaysImport,
    ],
    external: [...NOT_BUNDLED.keys()],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: target,
    chunkNames: '.parts/[name]-[hash]',
    banner: { js: COMMONJS },
    logLevel: 'error',
  });
  for (const name of new Set(specifiers.map(packageOf))) {
    writeFileSync(join(target, name, 'package.json'), JSON.stringify({ name, type: 'module', main: 'index.js' }));
  }
  writeFileSync(stamp, madeFrom);
}
