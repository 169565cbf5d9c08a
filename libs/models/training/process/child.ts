/**
 * The training process: takes one job over IPC, says how it goes, and ends. It holds no connection and no secret; whoever
 * started it may kill it at any time, and nothing but its own work folder is half done then.
 */
import { once } from 'node:events';
import { dieWithParent } from '../../native/parent-death.js';
import { ClusterModel, type TrainOnCluster } from '../elsewhere/order.js';
import { freezeRows, runTraining } from '../train.js';
import { asTrainingFailure } from './failure.js';
import { type Report, type SnapshotResult, TrainingJob, type TrainingMessage } from './job.js';

/** Resolves when the message is on its way to the parent; a parent that is gone makes the work pointless. */
function send(message: TrainingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send) process.exit(1);
    process.send(message, (error: Error | null) => (error ? process.exit(1) : resolve()));
  });
}

/** The parent has it trained, and answers by the model alone: where that fails, it ends this process. */
const onCluster: TrainOnCluster = async (order, place) => {
  const model = once(process, 'message');
  await send({ kind: 'order', order, ...place });
  return ClusterModel.parse((await model)[0]);
};

dieWithParent();
process.once('disconnect', () => process.exit(1));
process.once('message', async (value) => {
  try {
    const job = TrainingJob.parse(value);
    const report: Report = (stage, progress, message) => send({ kind: 'progress', stage, progress, message });
    if (job.only === 'snapshot') await send({ kind: 'frozen', snapshot: await freezeRows(job, report) });
    else {
      const snapshot = (taken: SnapshotResult): void => void send({ kind: 'snapshot', snapshot: taken });
      await send({ kind: 'done', result: await runTraining(job, { report, snapshot }, onCluster) });
    }
  } catch (error) {
    const { stage, reason, remedy } = asTrainingFailure(error, 'train');
    await send({ kind: 'failed', stage, reason, remedy });
  }
  // Native libraries keep threads; there is nothing left to wait for.
  process.exit(0);
});
