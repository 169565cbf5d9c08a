import { z } from 'zod';
import { BOOLEAN, booleanEncoding } from './boolean.js';
import { CATEGORY, fitCategories, oneHotEncoding, ordinalEncoding } from './categorical.js';
import { CATEGORY_LIMITS, Named } from './definition.js';
import { defineKind, type Examples } from './kind.js';
import { NUMBER, numericEncoding } from './numeric.js';
import { UrlDerivation } from './source.js';

const UrlFeature = Named.extend({
  kind: z.literal('derived-from-url'),
  /** The input field that holds the URL. */
  url: z.string().min(1).default('url'),
  derive: UrlDerivation,
  ...CATEGORY_LIMITS,
});

const EXAMPLES: Examples = [
  'https://never-seen.example/',
  'http://www.example.com:8080/a/b/c?d=e#f',
  'not a url',
  'https://xn--bcher-kva.example/%20/',
  'ftp://example.org/file',
  'n/a',
  7,
  'https://10.0.0.1/deep/er/and/deep/er',
  'https://localhost',
];

/** How each part of a URL becomes columns. */
function columnsOf(feature: z.infer<typeof UrlFeature>) {
  switch (feature.derive) {
    case 'path_depth': {
      const unfitted = { encoding: 'numeric', fill: null, indicator: false } as const;
      return { reading: NUMBER, encodings: [numericEncoding.name], fit: async () => unfitted, unfitted };
    }
    case 'https': {
      const unfitted = { encoding: 'boolean', fill: null, indicator: false } as const;
      return { reading: BOOLEAN, encodings: [booleanEncoding.name], fit: async () => unfitted, unfitted };
    }
    case 'domain':
    case 'tld':
      return {
        reading: CATEGORY,
        encodings: [oneHotEncoding.name, ordinalEncoding.name],
        fit: (column: Parameters<typeof fitCategories>[0]) => fitCategories(column, feature),
        unfitted: null,
      };
  }
}

/** A part of a URL, computed alike for training and serving. */
export const derivedFromUrl = defineKind({
  definition: UrlFeature,
  encodings: [numericEncoding, booleanEncoding, oneHotEncoding, ordinalEncoding],
  summary: 'derived',
  sliced: false,
  cell: { expected: 'a text,', read: (cell) => cell },
  use: (feature) => ({
    source: { from: 'url', field: feature.url, derive: feature.derive },
    examples: EXAMPLES,
    ...columnsOf(feature),
  }),
});
