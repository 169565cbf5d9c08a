import { parentPort } from 'node:worker_threads';
import { settingsEvaluator } from '#models/evaluators/walks/settings-evaluator';
import { RowsScorer } from './rows-scorer.js';
import type { ScoringReply, ScoringRequest } from './second-thread.js';

/** The thread beside the one that reads the holdout; see `SecondThread`. */
const port = parentPort;
if (port === null) throw new Error('scoring-thread is run by SecondThread as a worker thread');

const scorers: RowsScorer[] = [];
port.on('message', (request: ScoringRequest) => {
  if (request.kind === 'open') {
    const { forest, settings, shape } = request.model;
    scorers.push(new RowsScorer(settingsEvaluator(forest, settings), shape, settings.length));
    return;
  }
  const scored = scorers[request.scorer]?.score(request.matrix, request.executed);
  if (!scored) throw new Error(`there is no model ${request.scorer}`);
  const reply: ScoringReply = { id: request.id, scored };
  port.postMessage(reply, [scored.answers.buffer, scored.decisions.buffer, scored.sureness.buffer]);
});
