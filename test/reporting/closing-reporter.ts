import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const SLOWEST = 10;

const nameOf = (test: TestCase): string => `${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`;

const secondsOf = (module: TestModule): number => {
  const { collectDuration, duration } = module.diagnostic();
  return (collectDuration + duration) / 1000;
};

/** With the first line of why it failed before. */
const unsteadyLine = (test: TestCase): string => {
  const why = test.result().errors?.[0]?.message.split('\n')[0];
  return why === undefined ? nameOf(test) : `${nameOf(test)}: ${why}`;
};

/** The suites that were left out as a whole, and tests left out alone: a suite's name says what it needs. */
export function skippedGroups(tests: readonly { group: string; name: string }[]): string[] {
  const groups = new Map<string, number>();
  for (const { group } of tests) groups.set(group, (groups.get(group) ?? 0) + 1);
  return [...groups].map(([group, count]) => `${group} (${count} ${count === 1 ? 'test' : 'tests'})`);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Says at the end what a long output hides: what was skipped and why, what failed or was unsteady, what took longest. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const slowest = modules
      .map((module) => ({ file: relative(process.cwd(), module.moduleId), seconds: secondsOf(module) }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST);
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    const failed = tests.filter((test) => test.result().state === 'failed');
    const broken = modules.filter(
      (module) => module.state() === 'failed' && failed.every((test) => test.module !== module),
    );
    const unsteady = tests.filter((test) => test.diagnostic()?.flaky);
    const groups = skipped.map((test) => ({
      name: test.name,
      group: `${relative(process.cwd(), test.module.moduleId)} > ${test.parent.type === 'suite' ? test.parent.fullName : test.name}`,
    }));
    process.stdout.write(
      section(
        'The slowest files:',
        slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}`),
      ) +
        section('Skipped:', skippedGroups(groups)) +
        section('Passed only at the second try:', unsteady.map(unsteadyLine)) +
        section('Failed:', [
          ...failed.map(nameOf),
          ...broken.map((module) => relative(process.cwd(), module.moduleId)),
        ]),
    );
  }
}
