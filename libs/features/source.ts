import { z } from 'zod';

/** Parts of a URL that one function computes for training and serving alike. */
export const UrlDerivation = z.enum(['domain', 'tld', 'path_depth', 'https']);
export type UrlDerivation = z.infer<typeof UrlDerivation>;

/** Where a feature's raw value comes from. */
export const FeatureSource = z.discriminatedUnion('from', [
  z.object({ from: z.literal('field'), field: z.string() }),
  z.object({ from: z.literal('url'), field: z.string(), derive: UrlDerivation }),
]);
export type FeatureSource = z.infer<typeof FeatureSource>;
