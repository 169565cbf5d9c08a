import { z } from 'zod';
import { ModelName, VersionOrAlias } from '../primitives.js';

/** What several areas take in the path and the query. */

export const ofModel = z.object({ model: ModelName });
export const ofVersion = ofModel.extend({ version: VersionOrAlias });

/** How many entries of a list are given at most. */
export const limit = z.coerce.number<number>().int().min(1).max(1000).default(100);

/** How far back, where nothing else is said: `days`. */
export const sinceDays = (days: number) => z.coerce.number<number>().int().min(1).max(3650).default(days);
