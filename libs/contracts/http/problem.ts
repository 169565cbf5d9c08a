import { z } from 'zod';

/** RFC 9457 problem details, served as application/problem+json. */
export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What was wrong here and what to send or do instead. */
    detail: z.string(),
    /** One entry per field at fault. */
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
