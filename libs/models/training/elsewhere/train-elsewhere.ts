import { join } from 'node:path';
import { classesOf } from '#domain/encoding/columns';
import { ALL_ROWS } from '#domain/training/windows';
import { fitEncoders } from '../fit-encoders.js';
import { prepareEncoding } from '../matrices.js';
import {
  bothDone,
  describe,
  describeWindow,
  freeze,
  goldenInputs,
  openDatabase,
  type TrainingEvents,
  windowsOf,
} from '../prepare.js';
import type { TrainingJob, TrainingResult } from '../process/job.js';
import { bestWindow } from '../window-contest.js';
import { writePackage } from '../write-package.js';
import { type ClusterBooster, openClusterModel } from './cluster-booster.js';
import { ClusterRows, requireSameRows } from './cluster-rows.js';
import type { ClusterModel, TrainOnCluster } from './order.js';
import { planOf } from './plan.js';
import { spreadColumns, writeRowsFile } from './rows-file.js';
import { requireSuited } from './suited.js';

/** A model that a cluster trained, and how. */
type ClusterTrained = ClusterBooster & { readonly by: ClusterModel };

/**
 * A whole run but for the training itself, which a cluster does: rows → snapshot → rows to train on → model → files of the package.
 * Here everything goes through the disk or in chunks: of each row only the times stay in memory, where there are windows to choose
 * among. Throws {@link TrainingFailure}.
 */
export async function trainElsewhere(
  job: TrainingJob,
  events: TrainingEvents,
  onCluster: TrainOnCluster,
): Promise<TrainingResult> {
  const { definition, threads } = job;
  const { report } = events;
  requireSuited(definition.name, job);
  const classes = classesOf(definition).length;
  const database = await openDatabase(job);
  try {
    const frozen = await freeze(job, database, events);
    const { snapshot, typed } = frozen;
    await report('prepare', 0.2, 'describing and encoding the features');
    const [{ data, features }, encoders] = await bothDone(
      describe(job, database, typed),
      fitEncoders(database, definition, typed),
    );
    const golden = await goldenInputs(job, database, frozen);
    const encoding = await prepareEncoding(database, definition, typed, encoders);
    const plan = planOf(definition, classes, encoding.width);
    const columns = spreadColumns(encoding, definition);
    const rows = new ClusterRows(database, encoding, definition);
    const windows =
      definition.training_window === 'all' ? [ALL_ROWS] : windowsOf(job, typed, await rows.times('train'));
    const counts = new Map(await Promise.all(windows.map(async (each) => [each, await rows.count(each)] as const)));
    const { model, window, chosen } = await bestWindow<ClusterTrained>(job, {
      windows,
      times: await rows.times('validation'),
      rowsOf: (each) => counts.get(each)?.train ?? 0,
      train: async (each, place) => {
        const file = join(job.workDir, 'rows.parquet');
        const here = counts.get(each) ?? (await rows.count(each));
        await report('prepare', 0.28, `writing ${here.train + here.validation + here.test} rows for the cluster`);
        const { weighted } = await writeRowsFile(database, definition, encoding, each, file);
        const by = await onCluster({ rows: file, columns, weighted, shares: definition.split.shares, ...plan }, place);
        requireSameRows(by.rows, here);
        const expected = { columns: encoding.width, classes, threads, library: job.library };
        return { ...openClusterModel(by.path, expected), by };
      },
      losses: async (of, positions) => {
        const all = await rows.losses(of);
        return positions === null ? all : Float64Array.from(positions, (row) => all[row] ?? 0);
      },
    });
    try {
      await report('package', 0.92, 'verifying the model and writing the package');
      const { by, ...booster } = model;
      const known = { imported: null, snapshot, typed, encoders, data, golden };
      return await writePackage(job, known, {
        model: {
          ...booster,
          model: { format: 'xgboost-json', file: 'model.xgb.json' },
          library: { name: 'xgboost', version: by.library },
          parameters: new Map(Object.entries(plan.parameters)),
          warnings: [],
        },
        tuning: null,
        chosen,
        histograms: await describeWindow(job, database, typed, features, window),
        train: await rows.answers(model, 'train', window),
        validation: await rows.answers(model, 'validation', window),
        engine: { name: 'spark', version: by.version, workers: by.workers },
      });
    } finally {
      model.free();
    }
  } finally {
    database.close();
  }
}
