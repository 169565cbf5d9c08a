import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, join } from 'node:path';
import { type Artifact, copyDependencies, type FetchProgress } from './maven.js';
import { extractFromJar } from './unzip.js';

export const KAFKA_VERSION = '4.3.1';
const XGBOOST_VERSION = '3.4.0';
const LIGHTGBM_VERSION = '4.3.0-1';

const ARTIFACTS: readonly Artifact[] = [
  { coordinates: `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, transitive: true },
  // The broker logs through SLF4J 1.7 and brings no backend of its own.
  { coordinates: 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4', transitive: true },
  { coordinates: `ml.dmlc:xgboost4j_2.12:${XGBOOST_VERSION}`, transitive: false },
  { coordinates: `io.github.metarank:lightgbm4j:${LIGHTGBM_VERSION}`, transitive: false },
];

const NATIVE_JARS = [`xgboost4j_2.12-${XGBOOST_VERSION}.jar`, `lightgbm4j-${LIGHTGBM_VERSION}.jar`] as const;

interface NativeFiles {
  readonly xgboost: string;
  readonly lightgbm: string;
}

/** Where the two jars keep the shared library of a platform; null where there is none. */
export function nativeEntries(system: NodeJS.Platform, machine: string): NativeFiles | null {
  const cpu = machine === 'x64' ? 'x86_64' : machine === 'arm64' ? 'aarch64' : null;
  if (cpu === null) return null;
  switch (system) {
    case 'linux':
      return {
        xgboost: `lib/linux/${cpu}/libxgboost4j.so`,
        lightgbm: `lightgbm4j/linux/${cpu}/lib_lightgbm.so`,
      };
    case 'darwin':
      return {
        xgboost: `lib/macos/${cpu}/libxgboost4j.dylib`,
        lightgbm: `lightgbm4j/osx/${cpu}/lib_lightgbm.dylib`,
      };
    case 'win32':
      return cpu === 'x86_64'
        ? { xgboost: `lib/windows/${cpu}/xgboost4j.dll`, lightgbm: `lightgbm4j/windows/${cpu}/lib_lightgbm.dll` }
        : null;
    default:
      return null;
  }
}

/** Says what a folder holds, so that an upgrade fetches anew and everything else is left alone. */
const MARK = 'fetched.json';
const KAFKA_MARK = JSON.stringify(ARTIFACTS.slice(0, 2).map((artifact) => artifact.coordinates));
const NATIVE_MARK = JSON.stringify([XGBOOST_VERSION, LIGHTGBM_VERSION, platform(), arch()]);

function holds(folder: string, mark: string): boolean {
  try {
    return readFileSync(join(folder, MARK), 'utf8') === mark;
  } catch {
    return false;
  }
}

/** Puts a finished folder in its place. Someone else who finished first with the same content wins. */
async function install(draft: string, folder: string, mark: string): Promise<void> {
  await writeFile(join(draft, MARK), mark);
  if (existsSync(folder) && !holds(folder, mark)) await rm(folder, { recursive: true });
  try {
    await rename(draft, folder);
  } catch (error) {
    if (!holds(folder, mark)) throw error;
  }
}

async function installNative(jars: string, draft: string, folder: string): Promise<void> {
  const entries = nativeEntries(platform(), arch());
  for (const [name, jar] of [
    ['xgboost', NATIVE_JARS[0]],
    ['lightgbm', NATIVE_JARS[1]],
  ] as const) {
    await mkdir(join(draft, name), { recursive: true });
    if (!entries) continue;
    const library = join(draft, name, basename(entries[name]));
    await extractFromJar(join(jars, jar), entries[name], library);
    await chmod(library, 0o755);
  }
  await install(draft, folder, NATIVE_MARK);
}

async function installKafka(jars: string, draft: string, folder: string): Promise<void> {
  await mkdir(draft, { recursive: true });
  const names = (await readdir(jars)).filter((name) => !NATIVE_JARS.some((native) => native === name));
  await Promise.all(names.map((name) => copyFile(join(jars, name), join(draft, name))));
  await install(draft, folder, KAFKA_MARK);
}

/** Whether everything has been fetched into this home already. */
export function hasArtifacts(home: string): boolean {
  return holds(join(home, 'kafka'), KAFKA_MARK) && holds(join(home, 'native'), NATIVE_MARK);
}

/**
 * Fetches Kafka's jars into `home/kafka` and this platform's libraries into `home/native/{xgboost,lightgbm}`.
 * Does nothing when they are there. A half-done fetch leaves nothing that counts as done. On a platform the jars have
 * no library for, the native folders stay empty and training falls back to the portable backends.
 */
export async function fetchArtifacts(home: string, progress?: (step: FetchProgress) => void): Promise<void> {
  if (hasArtifacts(home)) return;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(home, 'fetch-'));
  try {
    const jars = join(draft, 'jars');
    await copyDependencies(ARTIFACTS, draft, jars, progress);
    await installKafka(jars, join(draft, 'kafka'), join(home, 'kafka'));
    await installNative(jars, join(draft, 'native'), join(home, 'native'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Fetches an artifact and all it depends on into `home/name`, unless it is there, and returns that folder. */
export async function fetchJars(home: string, name: string, coordinates: string): Promise<string> {
  const folder = join(home, name);
  if (holds(folder, coordinates)) return folder;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(home, 'fetch-'));
  try {
    const jars = join(draft, 'jars');
    await copyDependencies([{ coordinates, transitive: true }], draft, jars);
    await install(jars, folder, coordinates);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
