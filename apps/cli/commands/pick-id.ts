import { Uuid } from '#contracts/primitives';
import { EXIT, Failure } from '../failure.js';

/**
 * The id that `given` means: a whole one, or the beginning of one in `known`, as the lists show them. `what` stands in
 * the message of the {@link Failure}, like "backup"; `see` is the command that lists them.
 */
export function pickId(given: string, known: readonly string[], what: string, see: string): string {
  const wanted = given.toLowerCase();
  if (Uuid.safeParse(wanted).success) return wanted;
  const found = known.filter((id) => id.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const detail =
    found.length === 0 ? `No ${what} begins with "${given}".` : `${found.length} ${what}s begin with "${given}".`;
  throw new Failure(detail, `See what there is: ${see}`, { exitCode: EXIT.usage });
}

/** Whether {@link pickId} needs to know which ids there are. */
export const isWholeId = (given: string): boolean => Uuid.safeParse(given.toLowerCase()).success;
