import { z } from 'zod';

/** What a challenger is asked for; see docs/judging.md. */
export const GateProfile = z.enum(['seed', 'policy', 'classifier']).meta({ id: 'GateProfile' });
export type GateProfile = z.infer<typeof GateProfile>;
