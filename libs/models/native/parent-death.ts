import koffi from 'koffi';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Has the system kill this process the moment its parent dies, even in the middle of a native call that lets no
 * JavaScript run. Linux only; elsewhere the closed IPC channel ends the process after that call.
 */
export function dieWithParent(): void {
  if (process.platform !== 'linux') return;
  try {
    const prctl: (...args: unknown[]) => number = koffi
      .load('libc.so.6')
      .func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  } catch {
    // Another libc; the IPC channel is enough.
  }
}
