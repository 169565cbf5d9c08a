/**
 * Where a task lies in [0, 100) for one canary: a stable hash of the canary and the task id. It does not depend on the
 * canary's percentage, so that a task that goes to the canary at 10 % still does at 25 %, and on every instance. Each
 * canary gets its own tasks; otherwise the same few would try out every version.
 *
 * FNV-1a over UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/), stirred by MurmurHash3's finaliser, as FNV's
 * high bits alone hardly depend on the last characters.
 */
export function canaryPosition(canary: string, taskId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < canary.length; i++) hash = Math.imul(hash ^ canary.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 0x2f, 0x01000193);
  for (let i = 0; i < taskId.length; i++) hash = Math.imul(hash ^ taskId.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * 100;
}

/** Whether a task is answered by the canary (named by its digest) rather than by the live version. */
export function goesToCanary(canary: string, percent: number, taskId: string): boolean {
  return canaryPosition(canary, taskId) < percent;
}
