import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { ModelFormatError } from '#models/evaluators/evaluator';
import { linkSums } from '#models/evaluators/link';
import type { ModelReading } from '#models/evaluators/reading/model-reading';
import { isChangeable, mutate } from '#models/evaluators/reading/mutations.fixture';
import { readModel } from '#models/evaluators/reading/read-model';
import { readVersionFile, type VersionCase } from '#models/evaluators/reading/version-cases';
import { ForestEvaluator } from '#models/evaluators/walks/forest-evaluator';
import { LightGBM } from '#models/native/lightgbm';
import { locateLibrary, type NativeLibrary } from '#models/native/locate';
import type { Matrix } from '#models/native/matrix';
import { XGBoost } from '#models/native/xgboost';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

const folder = join(import.meta.dirname, '../../libs/models/evaluators/fixtures/versions');
const files = readdirSync(folder);
const SEED = Number(process.env.RATCHET_SEED ?? 23);
const MUTATIONS = Number(process.env.RATCHET_MUTATIONS ?? 5000);
const LARGEST = 3.4e38;

let xgboost: XGBoost;
let lightgbm: LightGBM;
const pathOf = (library: NativeLibrary): string => locateLibrary(library, { env: process.env, home: DEFAULT_HOME });
beforeAll(async () => {
  await fetchArtifacts(DEFAULT_HOME);
  xgboost = XGBoost.open(pathOf('xgboost'));
  lightgbm = LightGBM.open(pathOf('lightgbm'));
});

/** The rows of a case; a dense matrix of XGBoost takes no infinities. */
function rowsOf({ matrix = '', rows = 0, width = 0 }: VersionCase): Matrix {
  const values = new Float32Array(Uint8Array.from(Buffer.from(matrix, 'base64')).buffer);
  return { rows, columns: width, values: values.map((v) => Math.max(-LARGEST, Math.min(LARGEST, v))) };
}

function byLibrary({ format }: VersionCase, bytes: Buffer, data: Matrix, reading: ModelReading): ArrayLike<number> {
  if (format === 'lightgbm-text') {
    const booster = lightgbm.load(bytes);
    try {
      return booster.predict(data, 0, 1);
    } finally {
      booster.free();
    }
  }
  const booster = xgboost.load(bytes, 1);
  const matrix = xgboost.matrix(data, 1);
  try {
    const said = booster.predict(matrix, { margin: reading.predictsLabels });
    if (!reading.predictsLabels) return said;
    const sums = Float64Array.from(said);
    const out = new Float64Array(sums.length);
    const { forest } = reading;
    for (let at = 0; at < sums.length; at += forest.classes) linkSums(forest, sums, at, 1, out, at);
    return out;
  } finally {
    matrix.free();
    booster.free();
  }
}

/** Of two classes a library says the second's probability alone. */
function furthest(ours: Float64Array, theirs: ArrayLike<number>): number {
  const step = ours.length === theirs.length ? 1 : 2;
  if (ours.length !== theirs.length * step) return Number.NaN;
  let worst = 0;
  for (let i = 0; i < theirs.length; i++)
    worst = Math.max(worst, Math.abs((theirs[i] ?? Number.NaN) - (ours[step * i + step - 1] ?? Number.NaN)));
  return worst;
}

/** Also that no file which the reader accepts ends this process, which the libraries do to many that it refuses. */
it.each(files)(
  `no changed model of %s is accepted and answered differently by its library (seed ${SEED})`,
  async (file) => {
    const { cases } = await readVersionFile(join(folder, file));
    const models = cases.filter(isChangeable);
    const random = seededRandom(SEED);
    const outcomes = { refused: 0, refusedByLibrary: 0, same: 0 };
    for (let i = 0; i < MUTATIONS / files.length; i++) {
      const one = models[i % models.length];
      if (one === undefined) throw new Error('no models');
      const { what, bytes } = mutate(one.format, Buffer.from(one.content ?? '', 'base64'), random, true);
      let reading: ModelReading;
      try {
        reading = readModel(one.format, bytes);
        // The manifest lists the columns, and a package with another number of them is refused.
        if (reading.forest.width !== one.width) throw new ModelFormatError('another width');
      } catch (error) {
        if (!(error instanceof ModelFormatError)) throw error;
        outcomes.refused++;
        continue;
      }
      const data = rowsOf(one);
      let theirs: ArrayLike<number>;
      try {
        theirs = byLibrary(one, bytes, data, reading);
      } catch {
        outcomes.refusedByLibrary++;
        continue;
      }
      const ours = new ForestEvaluator(reading.forest, []).predict(data.values, data.rows);
      expect(furthest(ours, theirs), `${one.kind}, ${what}`).toBeLessThanOrEqual(1e-6);
      outcomes.same++;
    }
    console.log(file, outcomes);
    expect(outcomes.same).toBeGreaterThan(MUTATIONS / files.length / 10);
  },
);
