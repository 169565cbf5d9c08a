import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { asyncApi } from './asyncapi.js';
import { generatedDocuments, projectVersion } from './generate.js';
import { INFERENCE_ROUTES } from './http/inference-routes.js';
import { COMMON_ROUTES, INGEST_ROUTES, REGISTRY_ROUTES, SERVING_ROUTES } from './http/routes.js';
import { modelDefinitionSchema } from './json-schema.js';
import { openApi, type ServiceName } from './openapi.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

describe('generated documents', () => {
  it.each([...generatedDocuments(projectVersion(root))])('docs/%s is current', (path, content) => {
    expect(readFileSync(`${root}docs/${path}`, 'utf8'), 'run "npm run generate" and commit the result').toBe(content);
  });

  it.each<ServiceName>(['registry', 'serving', 'feedback-ingest'])(
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

  it('every operation has a name of its own', () => {
    const names = [...REGISTRY_ROUTES, ...SERVING_ROUTES, ...INFERENCE_ROUTES, ...INGEST_ROUTES, ...COMMON_ROUTES].map(
      (r) => r.operation,
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
