import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from './finding.js';

const EVERY_MS = 500;
const LONGEST_MS = 5_000;

/**
 * What is found, and where something has failed, what is still found after a few seconds: an instance that is just being told of
 * a version, or a service that is just getting ready, is no fault of the installation.
 */
export async function lastingFindings(
  look: () => Promise<readonly Finding[]>,
  patience = { everyMs: EVERY_MS, longestMs: LONGEST_MS },
): Promise<readonly Finding[]> {
  const giveUpAt = Date.now() + patience.longestMs;
  for (;;) {
    const found = await look();
    if (found.every(({ state }) => state !== 'failed') || Date.now() >= giveUpAt) return found;
    await pause(patience.everyMs);
  }
}
