import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Artifact {
  /** group:artifact:version */
  readonly coordinates: string;
  /** Whether to fetch what it depends on as well. */
  readonly transitive: boolean;
}

export interface FetchProgress {
  /** Files downloaded so far, and the name of the last one. */
  readonly files: number;
  readonly last: string;
}

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

function dependency({ coordinates, transitive }: Artifact): string {
  const [group, artifact, version] = coordinates.split(':');
  const exclusions = transitive
    ? ''
    : '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${exclusions}</dependency>`;
}

/** A project that only depends: Maven resolves it with the user's own settings, mirrors and cache. */
export function pom(artifacts: readonly Artifact[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ratchet</groupId><artifactId>local-stack</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${artifacts.map(dependency).join('\n    ')}
  </dependencies>
</project>
`;
}

/** The file name in a line of Maven's log that reports a finished download, or null. */
export function downloadedFile(line: string): string | null {
  return /^\[INFO\] Downloaded from [^ ]+ \S*\/([^/\s]+)/.exec(line)?.[1] ?? null;
}

/** Maven's own words about a failure, without its stack of advice. */
function complaint(lines: readonly string[]): string {
  const errors = lines.filter((line) => line.startsWith('[ERROR]') && line.length > 8);
  return (errors.length > 0 ? errors.slice(0, 4) : lines.slice(-4)).join('\n');
}

/**
 * Runs Maven in `workFolder` so that the jars of these artifacts (of scope runtime) are in `target` afterwards.
 * Throws with what Maven said and what to do.
 */
export async function copyDependencies(
  artifacts: readonly Artifact[],
  workFolder: string,
  target: string,
  progress?: (step: FetchProgress) => void,
): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  await writeFile(join(workFolder, 'pom.xml'), pom(artifacts));
  const maven = spawn('mvn', ['-B', PLUGIN, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'], {
    cwd: workFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // mvn is a .cmd file there.
    shell: platform() === 'win32',
  });
  const finished = new Promise<number | null>((resolve, reject) => {
    maven.once('error', (error) =>
      reject(new Error(`Maven (mvn) cannot be started: ${error.message}. Install Maven 3.8 or newer.`)),
    );
    maven.once('close', resolve);
  });
  const lines: string[] = [];
  let files = 0;
  createInterface({ input: maven.stdout }).on('line', (line) => {
    lines.push(line);
    const last = downloadedFile(line);
    if (last !== null) progress?.({ files: ++files, last });
  });
  createInterface({ input: maven.stderr }).on('line', (line) => lines.push(line));
  const code = await finished;
  if (code !== 0)
    throw new Error(
      `Maven could not fetch ${artifacts.map((artifact) => artifact.coordinates).join(', ')}:\n${complaint(lines)}\n` +
        'Check the connection to Maven Central, or the mirror in ~/.m2/settings.xml, and start again; what is there already is not fetched twice.',
    );
}
