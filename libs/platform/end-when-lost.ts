import type { Logger } from './logging.js';
import { Loop } from './loop/loop.js';

const LOOK_EVERY_MS = 5_000;
/** Whoever watches liveness from outside has that long to act. */
const END_AFTER_MS = 30_000;

/**
 * Compose restarts what ends, not what is unhealthy, and so does `npm start`: a process that only another one can replace ends by
 * itself.
 *
 * @param health says why only a new process will help; null while there is hope
 */
export function endWhenLost(
  health: { lostBecause(): Promise<string | null> },
  logger: Logger,
  end: () => void,
  everyMs = LOOK_EVERY_MS,
): Loop {
  let since: number | null = null;
  const step = async (): Promise<void> => {
    const reason = await health.lostBecause();
    if (reason === null) since = null;
    else if (since === null) {
      since = Date.now();
      logger.error({ reason, ends_in_ms: END_AFTER_MS }, 'this process cannot do its work any more');
    } else if (Date.now() - since >= END_AFTER_MS) end();
  };
  return new Loop({ name: 'liveness', everyMs, logger, step });
}
