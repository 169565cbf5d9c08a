import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RegisterBody } from '#contracts/http/packages';
import { ModelDefinition } from '#contracts/model-definition';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { ids, modelStatus } from '../../testing/samples.js';
import { type Answer, type ScriptedServer, startScriptedServer } from '../../testing/scripted-server.js';

const MODEL = '/v1/models/backlink-outcome';
const FIXTURES = join(import.meta.dirname, '../../../../libs/models/evaluators/fixtures');
let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function defined(changes: object) {
  const definition = ModelDefinition.parse({
    name: 'backlink-outcome',
    kind: 'action-outcome',
    actions: ['comment', 'forum'],
    features: [{ name: 'da', kind: 'numeric' }],
    ...changes,
  });
  const head = { source: 'operator', actor: 'ada', reason: 'fewer', defined_at: '2026-01-04T09:00:00Z', revision: 2 };
  return { ...head, model: definition.name, definition, text: 'name: backlink-outcome', history: [head] };
}

async function against(rows: number) {
  const script: Readonly<Record<string, Answer>> = {
    [`GET ${MODEL}`]: { ...modelStatus, dataset_rows: rows },
    // Not as its file in the clone says: somebody has changed it in the running system.
    [`GET ${MODEL}/definition`]: defined({ minimum_rows: 51 }),
    [`POST ${MODEL}/uploads`]: { digest: `sha256:${'a'.repeat(64)}`, bytes: 10 },
    [`POST ${MODEL}/packages`]: { request_id: ids.request, model: 'backlink-outcome' },
  };
  server = await startScriptedServer(script);
  return { RATCHET_URL: server.url };
}

const bodySent = (): RegisterBody =>
  RegisterBody.parse(JSON.parse(server?.received.find(({ url }) => url === `${MODEL}/packages`)?.body ?? ''));

describe('register', () => {
  it('says that there are too few rows before it uploads anything', async () => {
    const env = await against(3);
    const result = await invoke(['register', join(FIXTURES, 'xgb-binary.xgb.json')], env);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/There are 3 rows of "backlink-outcome" .* at least 51; nothing was uploaded/);
    expect(server?.received.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('takes a LightGBM model whose lines end as on Windows', async () => {
    const env = await against(7000);
    const path = join(emptyFolder(), 'model.txt');
    writeFileSync(path, readFileSync(join(FIXTURES, 'lgbm-binary.lgbm.txt'), 'utf8').replaceAll('\n', '\r\n'));
    expect(await invoke(['register', path], env)).toMatchObject({ code: 0 });
    expect(bodySent()).toMatchObject({ format: 'lightgbm-text', description: {} });
  });

  it('takes the folder that ratchet-model packed, with the answers of its library', async () => {
    const env = await against(7000);
    const folder = join(emptyFolder(), 'apples-package');
    mkdirSync(folder);
    const answer = { input: null, action: null, row: [1, null], probabilities: [0.5, 0.5] };
    writeFileSync(join(folder, 'model.trees.json'), '{"format":"ratchet-trees","format_version":2}');
    writeFileSync(join(folder, 'manifest.json'), '{"classes":["failed","success"]}');
    writeFileSync(join(folder, 'golden.json'), JSON.stringify({ tolerance: 1e-6, cases: [answer] }));
    expect(await invoke(['register', folder], env)).toMatchObject({ code: 0 });
    expect(bodySent()).toMatchObject({
      format: 'trees-json',
      description: { classes: ['failed', 'success'], golden: [answer] },
    });
  });

  it.each([
    ['pickle', Buffer.from('80049500', 'hex'), /a pickle or joblib file.*never runs.*ratchet-model/s],
    ['joblib that is compressed', Buffer.from('789cabcd', 'hex'), /is compressed.*Unpack it/s],
    ['skops', Buffer.from('504b0304', 'hex'), /is a zip archive/],
    ['CatBoost, binary', Buffer.from('CBM1xxxx'), /CatBoost's binary model.*load_model/s],
    ['CatBoost, JSON', Buffer.from('{"features_info": {}, "oblivious_trees": []}'), /CatBoost's JSON.*ratchet-model/s],
    ['PMML', Buffer.from('<?xml version="1.0"?>\n<PMML version="4.4">'), /is PMML.*ratchet-model/s],
    ['ONNX', Buffer.from('080a1208736b6c326f6e6e78', 'hex'), /is an ONNX file.*pack\("model\.onnx"/s],
    ['HDF5', Buffer.from('894844460d0a', 'hex'), /HDF5.*ensembles of trees/s],
    ['XGBoost of old', Buffer.from('binf0000'), /old binary format.*save_model/s],
    ['anything', Buffer.from('hello'), /neither an XGBoost model.*ratchet-model/s],
  ])('says what to do with a file of %s, and uploads nothing', async (_, content, sentence) => {
    const env = await against(7000);
    const path = join(emptyFolder(), 'model');
    writeFileSync(path, content);
    const result = await invoke(['register', path], env);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(sentence);
    expect(server?.received).toEqual([]);
  });

  it('takes all trees where that is asked for', async () => {
    const env = await against(7000);
    const path = join(FIXTURES, 'xgb-binary.xgb.json');
    expect(await invoke(['register', path, '--all-trees'], env)).toMatchObject({ code: 0 });
    expect(bodySent().description.rounds).toBe('all');
  });
});
