import { describe, expect, it } from 'vitest';
import { javaMajor, javaProblem, mavenProblem } from './requirements.js';

describe('javaMajor', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_292"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "25.0.1" 2025-10-21', 25],
    ['The operation could not be completed. Unable to locate a Java Runtime.', null],
  ])('%s', (output, expected) => {
    expect(javaMajor(output)).toBe(expected);
  });
});

describe('javaProblem', () => {
  it.each([
    ['openjdk version "17.0.15"', null],
    ['openjdk version "11.0.2"', /^Java 11 is too old for Kafka 4\. Install a Java runtime of version 17/],
    [null, /^Java is missing; .* Install a Java runtime/],
    ['Unable to locate a Java Runtime.', /does not say a version, but: Unable to locate a Java Runtime\./],
  ])('%s', (output, expected) => {
    const problem = javaProblem(output);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem).toMatch(expected);
  });
});

describe('mavenProblem', () => {
  it.each([
    ['Apache Maven 3.8.7\nMaven home: /usr/share/maven', null],
    ['\u001b[1mApache Maven 4.0.0 (bc0240f)\u001b[m', null],
    ['Apache Maven 3.6.3', null],
    ['Apache Maven 3.6.0', /^Maven 3\.6\.0 is too old\. Install Maven/],
    [null, /^Maven \(mvn\) is missing; .* Install Maven/],
    ['The JAVA_HOME environment variable is not defined', /but: The JAVA_HOME environment variable is not defined/],
  ])('%s', (output, expected) => {
    const problem = mavenProblem(output);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem).toMatch(expected);
  });
});
