import { describe, expect, it } from 'vitest';
import { readTrees } from '#models/evaluators/reading/trees-json';
import { settingsOf } from './rows-scorer.js';
import { ScoringThreadLost, SecondThread } from './second-thread.js';

/** Column 0 is a number, then come two actions: the first succeeds above 5, the second always by 0.5. */
const { forest: FOREST } = readTrees(
  new TextEncoder().encode(
    JSON.stringify({
      format: 'ratchet-trees',
      format_version: 1,
      width: 3,
      classes: 2,
      base: [0],
      divisor: 1,
      link: { kind: 'identity' },
      precision: 'float64',
      trees: [
        {
          group: 0,
          column: [1, 0],
          threshold: [0.5, 5],
          missing_left: [0, 0],
          left: [-1, -2],
          right: [1, -3],
          leaves: [0.5, 0.1, 0.9],
        },
      ],
    }),
  ),
);
const SHAPE = { width: 3, classes: 2, actions: 2 };
const rows = (): [Float32Array<ArrayBuffer>, Int32Array<ArrayBuffer>] => [
  Float32Array.from([4, 0, 0, 6, 0, 0, 6, 0, 0]),
  Int32Array.from([0, 1, -1]),
];
const ENDS = new URL('data:text/javascript,process.exit(1)');

describe('rows scored beside the reading of them', () => {
  it('are answered by what was executed and decided by the best of all actions', async () => {
    const thread = SecondThread.start(1);
    const scored = await thread.scorer(FOREST, SHAPE, settingsOf(SHAPE, true)).score(...rows());
    expect([...scored.answers]).toEqual([0.9, 0.1, 0.5, 0.5, 0.5, 0.5]);
    expect([...scored.decisions]).toEqual([1, 0, 0]);
    expect([...scored.sureness]).toEqual([0.5, 0.9, 0.9]);
    await thread.close();
  });

  it('are lost with the thread that has them, and the next ones are scored here', async () => {
    const thread = SecondThread.start(2, ENDS);
    const scorer = thread.scorer(FOREST, SHAPE, settingsOf(SHAPE, true));
    await expect(scorer.score(...rows())).rejects.toThrow(ScoringThreadLost);
    expect([...(await scorer.score(...rows())).decisions]).toEqual([1, 0, 0]);
    await thread.close();
  });
});
