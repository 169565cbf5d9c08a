import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../../deploy/local/until.js';
import { isPrinted, type Step } from '../../docs/followed-blocks.js';

/** What vitest and npm put into the environment would not be in a newcomer's. */
const NOT_A_NEWCOMERS =
  /^(npm_|NODE_|VITEST|TEST$|RATCHET_|KAFKA_|DATABASE_URL$|CI$|FORCE_COLOR$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/;

/** The environment of a terminal somebody has just opened, and `more`. */
export function newcomersEnv(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !NOT_A_NEWCOMERS.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...more };
}

/** Ends what hangs: on a busy machine, to install and build takes minutes. */
const COMMAND_DEADLINE_MS = 600_000;

/** A shell of its own for each step; the folder one step changes to is where the next begins. */
export class Terminal {
  /** All that the steps have printed. */
  output = '';

  constructor(
    private folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Runs a step's commands and checks what the page says about their output. Throws with all they printed. */
  async follow(step: Step): Promise<void> {
    const { code, output } = await this.run(step.commands);
    this.output += output;
    if (code !== 0) throw new Error(`line ${step.line}: ended with ${code}:\n${step.commands}\n${output}`);
    const missing = step.expected.filter((expected) => !isPrinted(output, expected));
    if (missing.length > 0)
      throw new Error(`line ${step.line}: does not print "${missing.join('", "')}":\n${step.commands}\n${output}`);
  }

  private async run(commands: string): Promise<{ code: number | null; output: string }> {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', `${commands}\npwd >&3`], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    let [output, folder] = ['', ''];
    for (const stream of [shell.stdout, shell.stderr])
      stream?.on('data', (text: Buffer) => (output += text.toString()));
    shell.stdio[3]?.on('data', (text: Buffer) => (folder += text.toString()));
    const timer = setTimeout(() => signalGroup(shell, 'SIGKILL'), COMMAND_DEADLINE_MS);
    const code = await closed(shell);
    clearTimeout(timer);
    if (code === 0) this.folder = folder.trimEnd();
    return { code, output };
  }

  /** Starts a command that goes on until Ctrl-C, in a terminal of its own in the same folder. */
  start(command: string): Running {
    return new Running(command, this.folder, this.env);
  }
}

/** A command that goes on. */
export class Running {
  output = '';
  /** Exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  private readonly shell: ChildProcess;
  private hasEnded = false;

  constructor(command: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.shell = spawn('bash', ['-c', `exec ${command}`], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.shell.stdout, this.shell.stderr])
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.ended = closed(this.shell).then((code) => {
      this.hasEnded = true;
      return code;
    });
  }

  /** Waits until it has printed all of this. */
  async says(...expected: readonly string[]): Promise<void> {
    const missing = (): string[] => expected.filter((text) => !isPrinted(this.output, text));
    await until(`"${expected.join('", "')}" to be printed`, () => missing().length === 0, {
      deadlineMs: COMMAND_DEADLINE_MS,
      hopeless: () =>
        this.hasEnded ? new Error(`it ended without "${missing().join('", "')}":\n${this.output}`) : null,
    });
  }

  /** Ctrl-C reaches everything that runs in the terminal. Resolves to the exit code. */
  ctrlC(): Promise<number | null> {
    signalGroup(this.shell, 'SIGINT');
    return this.ended;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) await this.ctrlC();
  }
}

function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
