import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Outcome, outcomeOf, readVersionFile } from './reading/version-cases.js';

/** Path below docs/ of the page that {@link modelFormatsPage} writes. */
export const MODEL_FORMATS_PAGE = 'reference/model-formats.md';

const FIXTURES = 'libs/models/evaluators/fixtures/versions';
const PACKED = 'libs/models/evaluators/fixtures/packed';
const NAMES = new Map([
  ['scikit-learn', 'scikit-learn'],
  ['catboost', 'CatBoost'],
  ['onnx', 'ONNX, by onnxruntime'],
]);
const FORMATS = {
  'xgboost-json': 'JSON',
  'xgboost-ubj': 'UBJSON',
  'lightgbm-text': 'text',
  'trees-json': 'packed',
} as const;

/** Kind and format → version → what became of it. */
type Table = Map<string, Map<string, Outcome>>;

const cell = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return '–';
  if ('refused' in outcome) return 'refused';
  return outcome.difference === 0 ? '0' : outcome.difference.toExponential(0);
};

function acceptedTable(table: Table, versions: readonly string[]): string {
  const rows = [...table].filter(([, outcomes]) => [...outcomes.values()].some((outcome) => 'difference' in outcome));
  return `| model | ${versions.join(' | ')} |
|---|${versions.map(() => '---').join('|')}|
${rows.map(([name, outcomes]) => `| ${name} | ${versions.map((version) => cell(outcomes.get(version))).join(' | ')} |`).join('\n')}`;
}

function refusedTable(table: Table): string {
  const rows = [...table].flatMap(([name, outcomes]) => {
    const sentences = new Set(
      [...outcomes.values()].flatMap((outcome) => ('refused' in outcome ? [outcome.refused] : [])),
    );
    return [...sentences].map(
      (sentence) => `| ${name.replace('refused: ', '')} | ${sentence.replaceAll('|', '\\|')} |`,
    );
  });
  return `| model | what is said |
|---|---|
${rows.join('\n')}`;
}

/** Every kind that `ratchet-model` packs, and the largest difference of its models. */
async function packedTable(root: string): Promise<string> {
  const kinds = new Map<string, number>();
  const versions: string[] = [];
  for (const file of readdirSync(join(root, PACKED)).sort()) {
    const { versions: of, cases } = await readVersionFile(join(root, PACKED, file));
    const [[library, version] = ['', '']] = Object.entries(of);
    versions.push(`${NAMES.get(library) ?? library} ${version}`);
    for (const one of cases) {
      const outcome = await outcomeOf(one);
      const model = one.kind.replace(/^(?:ONNX|CatBoost), /, '').replace(/, \d classes$/, '');
      const kind = `${NAMES.get(library) ?? library} | ${model}`;
      kinds.set(kind, Math.max(kinds.get(kind) ?? 0, 'difference' in outcome ? outcome.difference : Number.NaN));
    }
  }
  return `${versions.join(', ')}:

| library | model | difference |
|---|---|---|
${[...kinds].map(([kind, difference]) => `| ${kind} | ${cell({ difference })} |`).join('\n')}`;
}

/** The page, from the models of every version that the unit tests read. */
export async function modelFormatsPage(root: string): Promise<string> {
  const tables: Record<string, { table: Table; versions: string[] }> = {};
  for (const file of readdirSync(join(root, FIXTURES)).sort()) {
    const { versions, cases } = await readVersionFile(join(root, FIXTURES, file));
    const [[library, version] = ['', '']] = Object.entries(versions);
    tables[library] ??= { table: new Map(), versions: [] };
    const { table, versions: columns } = tables[library];
    columns.push(version);
    for (const one of cases) {
      const name = `${one.kind}, ${FORMATS[one.format]}`;
      const outcomes = table.get(name) ?? new Map<string, Outcome>();
      table.set(name, outcomes.set(version, await outcomeOf(one)));
    }
  }
  const section = (library: string, title: string): string => {
    const found = tables[library];
    return found === undefined
      ? ''
      : `## ${title}

${acceptedTable(found.table, found.versions)}

Refused, whatever the version:

${refusedTable(found.table)}
`;
  };
  return `# Model files

Which files of XGBoost and LightGBM can be [registered](../model-package.md#registering-a-model-trained-elsewhere), and how far
Ratchet's probabilities are from those of the library that wrote them: the largest absolute difference over rows that hold
thresholds and their neighbours, missing values, infinities, denormals, the limits of float32, and unseen, negative and
fractional categories. Whatever is more than 1e-6 away would be refused; nothing is. – means that the version does not have it.

${section('xgboost', 'XGBoost')}
3.4.0 is the library that "npm start" fetches from Maven; the others are PyPI's. DART is a booster of its own until 3.2; since 3.3 it
is a gbtree whose trees have weights (\`weight_drop\`), and so is any model with \`rate_drop\`. multi:softmax predicts the class alone;
what is compared is the softmax of its margins. "early stopping" is compared with the rounds up to \`best_iteration\`.

${section('lightgbm', 'LightGBM')}
4.3.0 is the version that "npm start" fetches from Maven.

## What is read, and what is not

- Our own reader reads a file first, and only what it accepts goes to a native library. What a file announces (nodes, classes,
  entries) is compared with what it holds before memory is taken for it, and trees are followed once, so that none goes round
  in a circle.
- A field that is not of the version that wrote the file is refused, as it may change what the others mean; so is a field that
  is there twice. XGBoost 1.6 to 3.4 and LightGBM's formats v2 to v4 are known.
- Rows are single precision. A LightGBM model with thresholds that single precision does not tell apart, or with values such as
  seconds since 1970, is refused: subtract an offset, or count hours.
- Categories that the file knows (\`pandas_categorical\`; XGBoost keeps them since 3.1) have to be those of the encoders, in that
  order. XGBoost 3.1 and 3.2 cut names that are not ASCII in the wrong places; those are not compared.
- Only the outcome of these reading rules is in this table; a file is also compared with its own library on the rows of the
  snapshot when it is registered.

## scikit-learn, CatBoost and ONNX

[\`ratchet-model\`](../how-to/bring-your-model.md) takes fitted estimators apart in Python and writes \`model.trees.json\`. Two and three classes of each kind, with
${await packedTable(root)}

Refused with a sentence that says what to do, by \`pack\` and by \`ratchet register\`:

| what | what to do |
|---|---|
| pickle, joblib, skops | load it where it was made, and pack the estimator |
| pipeline | fit its last step on the frame itself, and pack that: Ratchet is asked with what goes into the pipeline |
| search, tuned threshold, calibration, vote, stack | pack the one ensemble of trees in it |
| CatBoost with statistics of categories (CTR), texts or embeddings | train with \`one_hot_max_size\` above the number of categories and \`max_ctr_complexity=0\` |
| ONNX with anything before or after the ensemble (casts to whole numbers or half precision, too), of several inputs, or comparing by equality | export the classifier alone, or pack the original estimator |
| ONNX \`TreeEnsemble\` with a post_transform, which onnxruntime numbers otherwise than ONNX does | export a \`TreeEnsembleClassifier\` |
| HistGradientBoosting on numbers that single precision does not tell apart | subtract an offset, or count hours |
| regressions, PMML, neural networks | train a classifier of trees |

Generated by \`npm run generate\` from the models in \`${FIXTURES}\` and \`${PACKED}\`, which \`matrix.py\` and \`packed.py\` in
\`test/conformance/models\` made.
\`npm run test:conformance\` repeats it with more than 300 random models of every version of XGBoost and LightGBM, and of the others.
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = resolve('.');
  const file = join(root, 'docs', MODEL_FORMATS_PAGE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await modelFormatsPage(root));
  console.log(`wrote docs/${MODEL_FORMATS_PAGE}`);
}
