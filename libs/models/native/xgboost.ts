import koffi from 'koffi';
import type { Matrix } from './matrix.js';
import {
  addressOf,
  copyBytes,
  copyFloats,
  countOf,
  openSharedLibrary,
  type Pointer,
  pointerOf,
} from './shared-library.js';

/** NumPy's array interface, by which XGBoost takes dense data without a copy in between. */
const arrayInterface = (array: Float32Array, shape: number[]): string =>
  JSON.stringify({
    // An address fits a double exactly: user space ends below 2^53.
    data: [Number(addressOf(array)), true],
    shape,
    typestr: '<f4',
    version: 3,
  });

const matrixInterface = (matrix: Matrix): string => arrayInterface(matrix.values, [matrix.rows, matrix.columns]);

/** NaN is missing; XGBoost's JSON knows the bare word, JavaScript's does not. */
const matrixConfig = (threads: number, maxBin?: number): string =>
  `{"missing": NaN, "nthread": ${threads}${maxBin === undefined ? '' : `, "max_bin": ${maxBin}`}}`;

// XGBoost calls these two with the matrix handle to fill; registered once a matrix.
const ResetCallback = koffi.proto('void XGBoostResetCallback(void *iterator)');
const NextCallback = koffi.proto('int XGBoostNextCallback(void *iterator)');

const LogCallback = koffi.proto('void XGBoostLogCallback(const char *message)');

function bindAll(path: string) {
  const library = openSharedLibrary(path, 'const char *XGBGetLastError()');
  return {
    registerLog: library.bind('int XGBRegisterLogCallback(XGBoostLogCallback *callback)'),
    setGlobalConfig: library.bind('int XGBSetGlobalConfig(const char *json)'),
    proxyCreate: library.bind('int XGProxyDMatrixCreate(_Out_ void **out)'),
    proxySetDense: library.bind('int XGProxyDMatrixSetDataDense(void *proxy, const char *array)'),
    quantileMatrix: library.bind(
      'int XGQuantileDMatrixCreateFromCallback(void *iterator, void *proxy, void *reference, XGBoostResetCallback *reset, XGBoostNextCallback *next, const char *config, _Out_ void **out)',
    ),
    denseMatrix: library.bind('int XGDMatrixCreateFromDense(const char *array, const char *config, _Out_ void **out)'),
    setInfo: library.bind('int XGDMatrixSetInfoFromInterface(void *matrix, const char *field, const char *array)'),
    matrixFree: library.bind('int XGDMatrixFree(void *matrix)'),
    boosterCreate: library.bind('int XGBoosterCreate(void **matrices, uint64_t count, _Out_ void **out)'),
    boosterFree: library.bind('int XGBoosterFree(void *booster)'),
    setParam: library.bind('int XGBoosterSetParam(void *booster, const char *name, const char *value)'),
    updateOneIter: library.bind('int XGBoosterUpdateOneIter(void *booster, int round, void *train)'),
    evalOneIter: library.bind(
      'int XGBoosterEvalOneIter(void *booster, int round, void **matrices, const char **names, uint64_t count, _Out_ const char **out)',
    ),
    predict: library.bind(
      'int XGBoosterPredictFromDMatrix(void *booster, void *matrix, const char *config, _Out_ uint64_t **shape, _Out_ uint64_t *dimensions, _Out_ void **out)',
    ),
    slice: library.bind('int XGBoosterSlice(void *booster, int begin, int end, int step, _Out_ void **out)'),
    save: library.bind(
      'int XGBoosterSaveModelToBuffer(void *booster, const char *config, _Out_ uint64_t *length, _Out_ void **out)',
    ),
    load: library.bind('int XGBoosterLoadModelFromBuffer(void *booster, const uint8_t *data, uint64_t length)'),
    boostedRounds: library.bind('int XGBoosterBoostedRounds(void *booster, _Out_ int *rounds)'),
    featureCount: library.bind('int XGBoosterGetNumFeature(void *booster, _Out_ uint64_t *count)'),
    featureScore: library.bind(
      'int XGBoosterFeatureScore(void *booster, const char *config, _Out_ uint64_t *count, _Out_ const char ***features, _Out_ uint64_t *dimensions, _Out_ uint64_t **shape, _Out_ void **scores)',
    ),
  };
}
type Api = ReturnType<typeof bindAll>;

/** "[12:00:00] WARNING: …/learner.cc:790: \nParameters: { "x" } are not used.\n" without place and time. */
const readWarning = (message: string): string =>
  message
    .replace(/^\[[0-9:]+\] WARNING: \S+:[0-9]+: */, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Version of a loaded library, like "3.4.0". */
function versionOf(path: string): string {
  const out: [number[], number[], number[]] = [[0], [0], [0]];
  const call: (...args: unknown[]) => void = koffi
    .load(path)
    .func('void XGBoostVersion(_Out_ int *major, _Out_ int *minor, _Out_ int *patch)');
  call(...out);
  return out.map((part) => part[0]).join('.');
}

/** Rows with labels in XGBoost's own memory. Release it with {@link XGBoostMatrix.free}. */
export class XGBoostMatrix {
  constructor(
    private readonly api: Api,
    readonly handle: Pointer,
    readonly rows: number,
  ) {}

  /** One label (or weight) a row. */
  set(field: 'label' | 'weight', values: Float32Array): void {
    this.api.setInfo(this.handle, field, arrayInterface(values, [values.length]));
  }

  free(): void {
    this.api.matrixFree(this.handle);
  }
}

/** A model being trained or used. All calls block; run them where that hurts nobody. */
export class XGBoostBooster {
  constructor(
    private readonly api: Api,
    private readonly handle: Pointer,
  ) {}

  /** Trains one round. */
  update(round: number, train: XGBoostMatrix): void {
    this.api.updateOneIter(this.handle, round, train.handle);
  }

  /** The last evaluation metric on a matrix after a round. */
  evaluate(round: number, matrix: XGBoostMatrix): { metric: string; value: number } {
    const out: unknown[] = [null];
    this.api.evalOneIter(this.handle, round, [matrix.handle], ['validation'], 1, out);
    // "[7]\tvalidation-logloss:0.4123"
    const found = /validation-([^\s:]+):(\S+)\s*$/.exec(String(out[0]));
    if (!found) throw new Error(`XGBoost reported an evaluation that cannot be read: "${String(out[0])}"`);
    return { metric: found[1] ?? '', value: Number(found[2]) };
  }

  /**
   * Probabilities: one a row for a binary model, one per class and row (row by row) for a multi-class one.
   *
   * @param options `rounds`: the first so many only; 0 for all
   */
  predict(matrix: XGBoostMatrix, options: { margin?: boolean; rounds?: number } = {}): Float32Array {
    const shape: unknown[] = [null];
    const dimensions: unknown[] = [null];
    const result: unknown[] = [null];
    const config = {
      type: options.margin ? 1 : 0,
      training: false,
      iteration_begin: 0,
      iteration_end: options.rounds ?? 0,
      strict_shape: true,
    };
    this.api.predict(this.handle, matrix.handle, JSON.stringify(config), shape, dimensions, result);
    const sizes = koffi.decode(pointerOf(shape), koffi.array('uint64_t', countOf(dimensions), 'Array'));
    const count = Array.isArray(sizes) ? sizes.reduce((product: number, size) => product * Number(size), 1) : 0;
    return count === 0 ? new Float32Array() : copyFloats(pointerOf(result), count);
  }

  /** A booster of the first rounds only. */
  firstRounds(rounds: number): XGBoostBooster {
    const out: unknown[] = [null];
    this.api.slice(this.handle, 0, rounds, 1, out);
    return new XGBoostBooster(this.api, pointerOf(out));
  }

  /** Threads of later predictions. */
  setThreads(threads: number): void {
    this.api.setParam(this.handle, 'nthread', String(threads));
  }

  rounds(): number {
    const out: unknown[] = [0];
    this.api.boostedRounds(this.handle, out);
    return countOf(out);
  }

  featureCount(): number {
    const out: unknown[] = [0];
    this.api.featureCount(this.handle, out);
    return countOf(out);
  }

  /** The model file: UTF-8 JSON, or UBJSON. */
  save(format: 'json' | 'ubj' = 'json'): Buffer {
    const length: unknown[] = [0];
    const out: unknown[] = [null];
    this.api.save(this.handle, JSON.stringify({ format }), length, out);
    return copyBytes(pointerOf(out), countOf(length));
  }

  /**
   * Total gain of every feature that some split uses, by its column number.
   *
   * @param names of the columns, where the model was trained with names; it then knows them by nothing else
   */
  totalGain(columnNames: readonly string[] | null = null): Map<number, number> {
    const count: unknown[] = [0];
    const features: unknown[] = [null];
    const dimensions: unknown[] = [0];
    const shape: unknown[] = [null];
    const scores: unknown[] = [null];
    this.api.featureScore(
      this.handle,
      JSON.stringify({ importance_type: 'total_gain' }),
      count,
      features,
      dimensions,
      shape,
      scores,
    );
    const total = countOf(count);
    if (total === 0) return new Map();
    const names: unknown = koffi.decode(pointerOf(features), koffi.array('const char *', total));
    const values = copyFloats(pointerOf(scores), total);
    if (!Array.isArray(names)) return new Map();
    const columnOf = (name: string): number => columnNames?.indexOf(name) ?? Number(name.slice(1));
    return new Map(names.map((name, i) => [columnOf(String(name)), values[i] ?? 0]));
  }

  free(): void {
    this.api.boosterFree(this.handle);
  }
}

/** The XGBoost C library. */
export class XGBoost {
  readonly version: string;
  private warnings: string[] = [];

  private constructor(
    private readonly api: Api,
    path: string,
  ) {
    this.version = versionOf(path);
    api.registerLog(
      koffi.register((message: string) => this.warnings.push(readWarning(message)), koffi.pointer(LogCallback)),
    );
    api.setGlobalConfig(JSON.stringify({ verbosity: 1 }));
  }

  /** What the library warned about since the last call, such as parameters it does not know. */
  takeWarnings(): string[] {
    const taken = [...new Set(this.warnings)];
    this.warnings = [];
    return taken;
  }

  /** Throws NativeLibraryError when the library cannot be loaded. */
  static open(path: string): XGBoost {
    return new XGBoost(bindAll(path), path);
  }

  /** Dense rows as they are: to predict on, also with values outside the range of the training data. */
  matrix(data: Matrix, threads: number): XGBoostMatrix {
    const out: unknown[] = [null];
    this.api.denseMatrix(matrixInterface(data), matrixConfig(threads), out);
    return new XGBoostMatrix(this.api, pointerOf(out), data.rows);
  }

  /**
   * Rows already binned for training, a byte a cell: a quarter of the memory and faster to build than plain rows.
   */
  quantileMatrix(data: Matrix, threads: number, maxBin: number): XGBoostMatrix {
    const proxyOut: unknown[] = [null];
    this.api.proxyCreate(proxyOut);
    const proxy = pointerOf(proxyOut);
    let given = false;
    const reset = koffi.register(() => {
      given = false;
    }, koffi.pointer(ResetCallback));
    const next = koffi.register(() => {
      if (given) return 0;
      this.api.proxySetDense(proxy, matrixInterface(data));
      given = true;
      return 1;
    }, koffi.pointer(NextCallback));
    try {
      const out: unknown[] = [null];
      const config = matrixConfig(threads, maxBin);
      this.api.quantileMatrix(null, proxy, null, reset, next, config, out);
      return new XGBoostMatrix(this.api, pointerOf(out), data.rows);
    } finally {
      koffi.unregister(reset);
      koffi.unregister(next);
      this.api.matrixFree(proxy);
    }
  }

  /** A new booster; parameters go by XGBoost's own names. */
  booster(parameters: ReadonlyMap<string, string>, matrices: readonly XGBoostMatrix[]): XGBoostBooster {
    const out: unknown[] = [null];
    this.api.boosterCreate(
      matrices.map((matrix) => matrix.handle),
      matrices.length,
      out,
    );
    const handle = pointerOf(out);
    for (const [name, value] of parameters) this.api.setParam(handle, name, value);
    return new XGBoostBooster(this.api, handle);
  }

  /** A model from its file, JSON or UBJSON. */
  load(file: Buffer, threads: number): XGBoostBooster {
    const out: unknown[] = [null];
    this.api.boosterCreate([], 0, out);
    const handle = pointerOf(out);
    this.api.load(handle, file, file.length);
    this.api.setParam(handle, 'nthread', String(threads));
    return new XGBoostBooster(this.api, handle);
  }
}
