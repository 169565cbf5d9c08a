import { z } from 'zod';

/** What every feature has, of whatever kind. */
export const Named = z.object({
  name: z.string().min(1),
  /** What a feature leads to that has one and the same value in every training row. One that is always missing is a warning. */
  when_constant: z.enum(['fail', 'warn']).default('fail'),
});

/** How categories become columns. */
export const CATEGORY_LIMITS = {
  /** Up to this many categories are one-hot columns; beyond it the category becomes one ordinal column. */
  one_hot_limit: z.int().min(0).max(1000).default(32),
  /** Categories rarer than this in the training part share the "unseen" bucket. */
  minimum_count: z.int().min(1).default(1),
  /** More categories than this, without the rare ones, fail the run: they are identifiers more often than not. */
  max_categories: z.int().min(1).default(2000),
};
