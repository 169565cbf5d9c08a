import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: unknown = null;

/**
 * Gives back what a large piece of work has left behind. V8 collects when a process wants more memory, which one that has
 * done its work and waits for the next never does; tens to hundreds of MiB would be taken from whoever works then.
 */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  if (typeof collect === 'function') collect();
}
