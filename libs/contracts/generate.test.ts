import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { asyncApi } from './asyncapi.js';
import { generatedDocuments, projectVersion } from './generate.js';
import { OPERATIONS } from './http/services.js';
import { modelDefinitionSchema } from './json-schema.js';
import { type DescribedService, openApi } from './openapi.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

describe('generated documents', () => {
  it.each([...generatedDocuments(projectVersion(root))])('docs/%s is current', (path, content) => {
    expect(readFileSync(`${root}docs/${path}`, 'utf8'), 'run "npm run generate" and commit the result').toBe(content);
  });

  it.each<DescribedService>(['registry', 'serving', 'feedback-ingest'])(
    'the OpenAPI document of %s is valid',
    async (name) => {
      const result = await new Validator().validate(openApi(name, '1.2.3'));
      expect(result.errors ?? []).toEqual([]);
      expect(result.valid).toBe(true);
    },
  );

  it('the AsyncAPI document is valid against the schema of AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
    addFormats.default(ajv);
    const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0.json'));
    const document = asyncApi('1.2.3');
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...document, asyncapi: '9.0.0' })).toBe(false);
  });

  it('accepts the delivered model definition and refuses a misspelt key', () => {
    const validate = new Ajv({ strict: false }).compile(modelDefinitionSchema());
    const definition: object = parse(readFileSync(`${root}deploy/models/backlink-outcome.yaml`, 'utf8'));
    expect(validate(definition), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...definition, shedule: '0 2 * * 0' })).toBe(false);
  });

  it('every operation has a name of its own, and a service that answers it', async () => {
    const names: string[] = [];
    for (const file of readdirSync(`${root}libs/contracts/http`).filter((name) => !name.endsWith('.test.ts'))) {
      const area: Record<string, unknown> = await import(new URL(`http/${file}`, import.meta.url).href);
      for (const [name, table] of Object.entries(area))
        if (name.endsWith('_OPERATIONS')) names.push(...Object.keys(z.record(z.string(), z.unknown()).parse(table)));
    }
    expect(names.length).toBeGreaterThan(50);
    expect(names.sort()).toEqual(Object.keys(OPERATIONS).sort());
  });
});
