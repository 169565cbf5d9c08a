import koffi from 'koffi';
import type { Matrix } from './matrix.js';
import { countOf, openSharedLibrary, type Pointer, pointerOf } from './shared-library.js';

const FLOAT32 = 0;
const ROW_MAJOR = 1;
const PREDICT_NORMAL = 0;
const PREDICT_RAW = 1;
const GAIN = 1;

const LogCallback = koffi.proto('void LightGBMLog(const char *message)');

function bindAll(path: string) {
  const library = openSharedLibrary(path, 'const char *LGBM_GetLastError()');
  return {
    registerLog: library.bind('int LGBM_RegisterLogCallback(LightGBMLog *callback)'),
    datasetFromMat: library.bind(
      'int LGBM_DatasetCreateFromMat(const float *data, int type, int32_t rows, int32_t columns, int row_major, const char *parameters, void *reference, _Out_ void **out)',
    ),
    datasetSetField: library.bind(
      'int LGBM_DatasetSetField(void *dataset, const char *field, const float *data, int count, int type)',
    ),
    datasetFree: library.bind('int LGBM_DatasetFree(void *dataset)'),
    boosterCreate: library.bind('int LGBM_BoosterCreate(void *train, const char *parameters, _Out_ void **out)'),
    boosterFree: library.bind('int LGBM_BoosterFree(void *booster)'),
    addValid: library.bind('int LGBM_BoosterAddValidData(void *booster, void *valid)'),
    update: library.bind('int LGBM_BoosterUpdateOneIter(void *booster, _Out_ int *finished)'),
    evalCounts: library.bind('int LGBM_BoosterGetEvalCounts(void *booster, _Out_ int *count)'),
    evaluate: library.bind('int LGBM_BoosterGetEval(void *booster, int data, _Out_ int *count, double *results)'),
    iteration: library.bind('int LGBM_BoosterGetCurrentIteration(void *booster, _Out_ int *iteration)'),
    classes: library.bind('int LGBM_BoosterGetNumClasses(void *booster, _Out_ int *classes)'),
    featureCount: library.bind('int LGBM_BoosterGetNumFeature(void *booster, _Out_ int *count)'),
    predict: library.bind(
      'int LGBM_BoosterPredictForMat(void *booster, const float *data, int type, int32_t rows, int32_t columns, int row_major, int predict, int start, int rounds, const char *parameters, _Out_ int64_t *count, double *out)',
    ),
    importance: library.bind('int LGBM_BoosterFeatureImportance(void *booster, int rounds, int type, double *out)'),
    save: library.bind(
      'int LGBM_BoosterSaveModelToString(void *booster, int start, int rounds, int importance, int64_t size, _Out_ int64_t *length, uint8_t *out)',
    ),
    load: library.bind('int LGBM_BoosterLoadModelFromString(const char *text, _Out_ int *rounds, _Out_ void **out)'),
  };
}
type Api = ReturnType<typeof bindAll>;

/** Parameters as LightGBM reads them: "num_leaves=31 seed=42". */
const parameterText = (parameters: ReadonlyMap<string, string>): string =>
  [...parameters].map(([name, value]) => `${name}=${value}`).join(' ');

/** Binned rows in LightGBM's own memory. Release it with {@link LightGBMDataset.free}. */
export class LightGBMDataset {
  constructor(
    private readonly api: Api,
    readonly handle: Pointer,
  ) {}

  /** One label (or weight) a row. */
  set(field: 'label' | 'weight', values: Float32Array): void {
    this.api.datasetSetField(this.handle, field, values, values.length, FLOAT32);
  }

  free(): void {
    this.api.datasetFree(this.handle);
  }
}

/** A model being trained or used. All calls block; run them where that hurts nobody. */
export class LightGBMBooster {
  constructor(
    private readonly api: Api,
    private readonly handle: Pointer,
  ) {}

  addValidation(dataset: LightGBMDataset): void {
    this.api.addValid(this.handle, dataset.handle);
  }

  /** Trains one round; true when no further split is possible. */
  update(): boolean {
    const finished: unknown[] = [0];
    this.api.update(this.handle, finished);
    return finished[0] === 1;
  }

  /** The metric on the first validation set after the last round. */
  evaluate(): number {
    const count: unknown[] = [0];
    this.api.evalCounts(this.handle, count);
    const results = new Float64Array(countOf(count));
    this.api.evaluate(this.handle, 1, count, results);
    return results[0] ?? Number.NaN;
  }

  rounds(): number {
    const out: unknown[] = [0];
    this.api.iteration(this.handle, out);
    return countOf(out);
  }

  featureCount(): number {
    const out: unknown[] = [0];
    this.api.featureCount(this.handle, out);
    return countOf(out);
  }

  /** Number of outputs a row: 1 for a binary model, one per class for a multi-class one. */
  outputs(): number {
    const out: unknown[] = [0];
    this.api.classes(this.handle, out);
    return countOf(out);
  }

  /** Probabilities by the first rounds (all if 0): one a row for a binary model, one per class and row (row by row) for a multi-class one. */
  predict(data: Matrix, rounds: number, threads: number, options: { margin?: boolean } = {}): Float64Array {
    const results = new Float64Array(data.rows * this.outputs());
    this.api.predict(
      this.handle,
      data.values,
      FLOAT32,
      data.rows,
      data.columns,
      ROW_MAJOR,
      options.margin ? PREDICT_RAW : PREDICT_NORMAL,
      0,
      rounds === 0 ? -1 : rounds,
      `num_threads=${threads}`,
      [0],
      results,
    );
    return results;
  }

  /** Total gain of every column, by the first rounds. */
  totalGain(rounds: number): Float64Array {
    const out = new Float64Array(this.featureCount());
    this.api.importance(this.handle, rounds, GAIN, out);
    return out;
  }

  /** The model file with the first rounds: UTF-8 text. */
  save(rounds: number): Buffer {
    const length: unknown[] = [0];
    this.api.save(this.handle, 0, rounds, GAIN, 0, length, null);
    const out = Buffer.alloc(countOf(length));
    this.api.save(this.handle, 0, rounds, GAIN, out.length, length, out);
    // The length counts the closing NUL.
    return out.subarray(0, countOf(length) - 1);
  }

  free(): void {
    this.api.boosterFree(this.handle);
  }
}

/** The LightGBM C library. */
export class LightGBM {
  private warnings: string[] = [];
  private line = '';

  private constructor(private readonly api: Api) {
    // Its messages would go to standard output, and they come in pieces.
    api.registerLog(koffi.register((piece: string) => this.takeLog(piece), koffi.pointer(LogCallback)));
  }

  /** Throws NativeLibraryError when the library cannot be loaded. */
  static open(path: string): LightGBM {
    return new LightGBM(bindAll(path));
  }

  /** What the library warned about since the last call, such as parameters it does not know. */
  takeWarnings(): string[] {
    const taken = [...new Set(this.warnings)];
    this.warnings = [];
    return taken;
  }

  private takeLog(piece: string): void {
    const lines = (this.line + piece).split('\n');
    this.line = lines.pop() ?? '';
    for (const line of lines) {
      const warning = /\[Warning\] (.+)/.exec(line)?.[1];
      if (warning !== undefined) this.warnings.push(warning.trim());
    }
  }

  /** Bins rows for training; a validation set takes the bins of its training set. */
  dataset(data: Matrix, parameters: ReadonlyMap<string, string>, reference?: LightGBMDataset): LightGBMDataset {
    const out: unknown[] = [null];
    this.api.datasetFromMat(
      data.values,
      FLOAT32,
      data.rows,
      data.columns,
      ROW_MAJOR,
      parameterText(parameters),
      reference?.handle ?? null,
      out,
    );
    return new LightGBMDataset(this.api, pointerOf(out));
  }

  booster(train: LightGBMDataset, parameters: ReadonlyMap<string, string>): LightGBMBooster {
    const out: unknown[] = [null];
    this.api.boosterCreate(train.handle, parameterText(parameters), out);
    return new LightGBMBooster(this.api, pointerOf(out));
  }

  /** A model from its file. */
  load(file: Buffer): LightGBMBooster {
    const out: unknown[] = [null];
    this.api.load(file.toString('utf8'), [0], out);
    return new LightGBMBooster(this.api, pointerOf(out));
  }
}
