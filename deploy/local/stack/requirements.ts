import { spawnSync } from 'node:child_process';
import { platform } from 'node:os';

/** Kafka 4 runs on Java 17 and newer. */
const LEAST_JAVA = 17;

/** Major version in the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_292". Null when there is none. */
export function javaMajor(output: string): number | null {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  if (first === undefined) return null;
  return Number(first === '1' && second !== undefined ? second : first);
}

/** What is wrong with this `java -version` output (null: there is no such program), in one sentence with the remedy; null if nothing. */
export function javaProblem(output: string | null): string | null {
  const remedy =
    'Install a Java runtime of version 17 or newer (Debian, Ubuntu: apt install default-jre-headless; macOS: brew install openjdk), or set KAFKA_BROKERS to a Kafka of your own.';
  if (output === null) return `Java is missing; the embedded Kafka needs it. ${remedy}`;
  const major = javaMajor(output);
  if (major === null) return `"java -version" does not say a version, but: ${output.trim().split('\n')[0]}. ${remedy}`;
  return major < LEAST_JAVA ? `Java ${major} is too old for Kafka 4. ${remedy}` : null;
}

/** The same for `mvn -version`. */
export function mavenProblem(output: string | null): string | null {
  const remedy = 'Install Maven 3.6.3 or newer (Debian, Ubuntu: apt install maven; macOS: brew install maven).';
  if (output === null)
    return `Maven (mvn) is missing; it fetches Kafka and the native libraries on the first start. ${remedy}`;
  const [, major, minor, patch] = /Apache Maven (\d+)\.(\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined)
    return `"mvn -version" does not say a version, but: ${output.trim().split('\n')[0]}. ${remedy}`;
  const version = Number(major) * 1_000_000 + Number(minor) * 1000 + Number(patch);
  return version < 3_006_003 ? `Maven ${major}.${minor}.${patch} is too old. ${remedy}` : null;
}

/** What a program prints about its version; null when it cannot be started. */
export function versionOutput(command: string, flag: string): string | null {
  const { error, stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8', shell: platform() === 'win32' });
  return error ? null : `${stdout}${stderr}`;
}
