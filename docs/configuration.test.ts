import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EvaluatorConfig } from '../apps/evaluator/config.js';
import { IngestConfig } from '../apps/feedback-ingest/config.js';
import { RegistryConfig } from '../apps/registry/config.js';
import { ServingEnv } from '../apps/serving/config.js';
import { TrainerConfig } from '../apps/trainer/config.js';

const SCHEMAS = { EvaluatorConfig, IngestConfig, RegistryConfig, ServingEnv, TrainerConfig };

/** The default of a field, through whatever is done to its value afterwards; undefined for none. */
function defaultOf(field: z.core.$ZodType): unknown {
  if (field instanceof z.ZodDefault) return field.def.defaultValue;
  if (field instanceof z.ZodPipe) return defaultOf(field.def.in);
  return undefined;
}

/** Spellings of a default in the page. */
function spellings(value: unknown): string[] {
  const bytes = typeof value === 'number' ? value : Number.NaN;
  const processors = value === availableParallelism() ? ['number of processors'] : [];
  return [String(value), `${bytes / 1024} KiB`, `${bytes / 1024 ** 2} MiB`, ...processors];
}

/** First two columns of every row, by each of the variables it names. */
const rows = new Map<string, string>();
for (const line of readFileSync(new URL('configuration.md', import.meta.url), 'utf8').split('\n')) {
  const [, names = '', preset = ''] = line.split('|').map((cell) => cell.trim());
  for (const [, name = ''] of names.matchAll(/`([A-Z][A-Z0-9_]+)`/g)) rows.set(name, preset);
}

const variables = Object.entries(SCHEMAS).flatMap(([schema, { shape }]) =>
  Object.entries(shape).map(([name, field]) => ({ schema, name, preset: defaultOf(field) })),
);

describe('configuration.md', () => {
  it.each(variables)('$schema: $name with default $preset', ({ name, preset }) => {
    const said = rows.get(name);
    if (said === undefined) throw new Error(`${name} has no row in docs/configuration.md`);
    if (preset !== undefined)
      expect(
        spellings(preset).some((each) => said.includes(each)),
        said,
      ).toBe(true);
  });

  it('describes nothing that no service reads', () => {
    const known = new Set(variables.map(({ name }) => name));
    expect([...rows.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});
