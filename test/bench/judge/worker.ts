import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { type Cell, runCell } from './cell.js';

/** Runs the cells that it is sent, one after the other. */
const port = parentPort;
if (port === null) throw new Error('worker is run by the benchmark as a worker thread');
const order = z.object({ replications: z.number(), seed: z.string(), trials: z.boolean() }).parse(workerData);
port.on('message', (cell: Cell) => port.postMessage(runCell(cell, order)));
