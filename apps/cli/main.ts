import { RELEASE } from '#platform/release';
import { EXIT } from './failure.js';
import { runCli } from './program.js';

// `ratchet list | head` closes the pipe early; that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.on('SIGINT', () => {
  process.stderr.write('\nStopped watching; what was started goes on.\n');
  process.exit(EXIT.interrupted);
});

process.exitCode = await runCli(
  process.argv.slice(2),
  { env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr },
  RELEASE,
);
