import { z } from 'zod';

/** What a file of tests may ask for, one a connection: a line of JSON each way. The open connection is the loan. */
export const Wanted = z.enum(['kafka', 'migrated', 'empty']);
export type Wanted = z.infer<typeof Wanted>;

/** What it gets: an address, or why it cannot have one. */
export const Lent = z.union([z.object({ address: z.string() }), z.object({ failure: z.string() })]);
export type Lent = z.infer<typeof Lent>;
