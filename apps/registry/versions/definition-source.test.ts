import { beforeEach, expect, it } from 'vitest';
import { ArtifactMissingError, StoreUnavailableError } from '#artifacts/store';
import { ModelDefinition } from '#contracts/model-definition';
import { createLogger } from '#platform/logging';
import { DefinitionSource } from './definition-source.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const here = ModelDefinition.parse({
  name: 'm',
  kind: 'action-outcome',
  actions: ['a', 'b'],
  features: [{ name: 'da', kind: 'numeric' }],
});

let reads: { give: (text: string) => void; fail: (error: Error) => void }[];
let source: DefinitionSource;

beforeEach(() => {
  reads = [];
  const store = {
    get: () =>
      new Promise<Buffer>((resolve, reject) => {
        reads.push({ give: (text) => resolve(Buffer.from(text)), fail: reject });
      }),
    uri: (key: string) => `s3://bucket/${key}`,
  };
  source = new DefinitionSource(store, new Map([['m', here]]), createLogger('test', 'silent'));
});

it('does not hold its caller up for a slow store, and has the answer when asked again', async () => {
  await expect(source.of('m', DIGEST)).rejects.toThrow('has not given s3://bucket/packages/abab');
  await expect(source.of('m', DIGEST)).rejects.toThrow('has not given');
  expect(reads).toHaveLength(1);
  reads[0]?.give('{}');
  expect(await source.of('m', DIGEST)).toBe(here);
});

it('passes on that the store fails, and reads again the next time', async () => {
  const first = source.of('m', DIGEST);
  reads[0]?.fail(new StoreUnavailableError('down'));
  await expect(first).rejects.toThrow('down');
  const second = source.of('m', DIGEST);
  expect(reads).toHaveLength(2);
  reads[1]?.fail(new ArtifactMissingError('manifest.json'));
  expect(await second).toBe(here);
});

it('says so when nothing is known of the model at all', async () => {
  const asked = source.of('other', DIGEST);
  reads[0]?.give('no JSON');
  await expect(asked).rejects.toThrow('nor a definition in MODELS_DIR');
});
