import { z } from 'zod';
import { defineOperations } from './operation.js';

/** How programs learn what there is to call. */
export const DESCRIPTION_OPERATIONS = defineOperations({
  describeApi: {
    method: 'GET',
    path: '/openapi.json',
    tag: 'operation',
    access: 'none',
    summary: 'This description, as OpenAPI 3.1.',
    replies: [{ status: 200, description: 'The document.', schema: z.record(z.string(), z.unknown()) }],
  },
});
