import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportFormat } from '#contracts/model-package';
import { EXIT, Failure } from '../../failure.js';

const PACK = 'pack(estimator, frame, definition) of ratchet-model (clients/python)';

/** A file that people bring and Ratchet does not read. */
interface Stranger {
  readonly matches: (head: Buffer) => boolean;
  /** What it is, after its path. */
  readonly what: string;
  /** What to do instead. */
  readonly advice: string;
}

/** Whether a file begins with one of these bytes, given in hexadecimal. */
const begins =
  (...starts: readonly string[]) =>
  (head: Buffer): boolean =>
    starts.some((start) => head.toString('hex', 0, start.length / 2) === start);

const contains =
  (start: RegExp, ...parts: readonly string[]) =>
  (head: Buffer): boolean =>
    start.test(head.toString('latin1', 0, 16)) && parts.some((part) => head.includes(part));

const STRANGERS: readonly Stranger[] = [
  {
    matches: begins('8002', '8003', '8004', '8005'),
    what: 'is a pickle or joblib file, a program that Ratchet never runs',
    advice: `Load it in Python where it was made, and take the estimator in by ${PACK}.`,
  },
  {
    matches: begins('7801', '785e', '789c', '78da', '1f8b', '425a68', 'fd377a58'),
    what: 'is compressed',
    advice: `Unpack it; if it is a joblib file, load it in Python and take the estimator in by ${PACK}.`,
  },
  {
    matches: begins('504b0304'),
    what: 'is a zip archive',
    advice: `If it is of skops or MLflow, load it in Python and take the estimator in by ${PACK}.`,
  },
  {
    matches: begins('43424d31'),
    what: "is CatBoost's binary model",
    advice: `Load it with CatBoostClassifier().load_model(path), and take that in by ${PACK}.`,
  },
  {
    matches: contains(/^\s*\{/, '"oblivious_trees"', '"scale_and_bias"', '"features_info"'),
    what: "is CatBoost's JSON, which does not say how raw fields become its columns",
    advice: `Take the estimator itself in by ${PACK}.`,
  },
  {
    matches: contains(/^\W*</, '<PMML'),
    what: 'is PMML',
    advice: `Take the estimator that it was made from in by ${PACK}.`,
  },
  {
    // The version of the format, then the name of the program that wrote it.
    matches: (head) => head[0] === 0x08 && (head[1] ?? 0xff) < 0x40 && head[2] === 0x12,
    what: 'is an ONNX file, which does not say how raw fields become its columns',
    advice: 'Take it in by pack("model.onnx", frame, definition) of ratchet-model (clients/python).',
  },
  {
    matches: begins('89484446'),
    what: 'is an HDF5 file, of a neural network most likely',
    advice: 'Ratchet serves ensembles of trees; train one of those.',
  },
  {
    matches: begins('62696e66', '62733634'),
    what: "is XGBoost's old binary format",
    advice: 'Load it with the XGBoost that wrote it, and save it with booster.save_model("model.json").',
  },
];

/** Of packages, one of which a folder holds. */
const MODEL_FILES = ['model.trees.json', 'model.xgb.json', 'model.lgbm.txt'] as const;

/** Enough to find the fields in front of the trees. */
const HEAD_BYTES = 1 << 20;

const usage = (message: string, advice: string): Failure => new Failure(message, advice, { exitCode: EXIT.usage });

/** The model file itself, or the one in a package's folder. */
export function modelFileAt(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const found = MODEL_FILES.map((name) => join(path, name)).filter((file) => statSync(file, { throwIfNoEntry: false }));
  if (found[0] !== undefined && found.length === 1) return found[0];
  throw usage(
    `${path} is a folder that holds ${found.length} model files, expected one of ${MODEL_FILES.join(', ')}.`,
    'Name the model file itself, or the folder that ratchet-model packed.',
  );
}

/** By how it begins; the name of the file says nothing. Throws Failure, with what to do, for a file that is not read. */
export function formatOf(path: string): ImportFormat {
  const head = headOf(path);
  const text = head.toString('latin1');
  if (/^tree\r?\n/.test(text)) return 'lightgbm-text';
  for (const { matches, what, advice } of STRANGERS) if (matches(head)) throw usage(`${path} ${what}.`, advice);
  if (/^(?:\xef\xbb\xbf)?\s*\{\s*"/.test(text))
    return /"format"\s*:\s*"ratchet-trees"/.test(text) ? 'trees-json' : 'xgboost-json';
  if (head[0] === 0x7b) return 'xgboost-ubj';
  throw usage(
    `${path} is neither an XGBoost model (JSON, UBJSON), nor a LightGBM text model, nor trees that ratchet-model packed.`,
    `Save it with booster.save_model("model.json"), or LightGBM's booster.save_model("model.txt"); take any other estimator in by ${PACK}.`,
  );
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch {
    throw usage(`${path} cannot be read.`, 'Is the path right?');
  }
}
