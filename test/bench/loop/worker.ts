import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { type Cell, runLoop } from './run-loop.js';

/** Runs the loops that it is sent, one after the other. */
const port = parentPort;
if (port === null) throw new Error('worker is run by the benchmark as a worker thread');
const { library, length } = z
  .object({
    library: z.string().nullable(),
    length: z.object({ retrains: z.number(), week: z.number(), halfTurn: z.number() }),
  })
  .parse(workerData);
port.on('message', (cell: Cell) => {
  void runLoop(cell, length, library).then((row) => port.postMessage(row));
});
