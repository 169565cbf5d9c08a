import { z } from 'zod';
import { OneLine, Timestamp, Uuid } from '../primitives.js';

/**
 * An installation says that these topics are its own: the value of `installation.claimed`. The first one that did has them; all
 * others are refused.
 */
export const InstallationClaimed = z
  .looseObject({
    /** Of its database. */
    installation: Uuid,
    /** Which service said so, and on which machine. */
    claimed_by: OneLine,
    claimed_at: Timestamp,
  })
  .meta({ id: 'InstallationClaimed' });
export type InstallationClaimed = z.infer<typeof InstallationClaimed>;
