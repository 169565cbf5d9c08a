import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Child, describeExit, lastLines } from '../../deploy/local/processes/child.js';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, as a terminal would show them. */
  readonly output: string;
}

/** Runs a program to its end and collects what it prints. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const command = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let output = '';
  command.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  command.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    command.once('error', reject);
    command.once('close', resolve);
  });
  return { code, stdout, stderr, output };
}

/** Runs a Node program to its end and collects what it prints. */
export const runNode = (
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CommandResult> => runProgram(process.execPath, args, options);

/** What the sample engine says when it is done. */
const Tally = z.object({
  msg: z.literal('done'),
  tasks: z.int(),
  followed: z.int(),
  shadow: z.int(),
  alone: z.int(),
  succeeded: z.int(),
  /** Distinct events that Kafka has acknowledged. */
  sent: z.object({ 'automation.outcomes': z.int(), 'shadow.outcomes': z.int() }),
});
export type EngineTally = z.infer<typeof Tally>;

export interface SampleEngine {
  readonly child: Child;
  /** Waits for its end and returns what it did; throws if it did not end by itself with success. */
  finished(): Promise<EngineTally>;
}

export async function engineTally(child: Child): Promise<EngineTally> {
  const exit = await child.exited;
  if (exit.code !== 0) throw new Error(`the sample engine ${describeExit(exit)}:\n${lastLines(child.logFile)}`);
  const last = readFileSync(child.logFile, 'utf8').trimEnd().split('\n').at(-1);
  return Tally.parse(JSON.parse(last ?? ''));
}
