import { describe, expect, it } from 'vitest';
import { CatchUp } from './catch-up.js';

const TOPIC = 'model.promoted';
/** Partition 0 ends before offset 5, partition 1 before offset 3. */
const offsets = async () => [
  { partition: 0, low: '0', high: '5' },
  { partition: 1, low: '0', high: '3' },
];

async function marked(): Promise<{ catchUp: CatchUp; isDone: () => Promise<boolean> }> {
  const catchUp = new CatchUp();
  await catchUp.mark({ fetchTopicOffsets: offsets }, [TOPIC]);
  const isDone = () =>
    Promise.race([catchUp.wait().then(() => true), new Promise<boolean>((r) => setImmediate(r, false))]);
  return { catchUp, isDone };
}

/** A broker is asked, and has nothing. */
const quiet = (catchUp: CatchUp, broker: number, times = 1): void => {
  for (let i = 0; i < times; i++) {
    catchUp.asks(broker);
    catchUp.fetchedNothing(broker);
  }
};

describe('catching up', () => {
  it('is done when the last message of each partition was handled', async () => {
    const { catchUp, isDone } = await marked();
    catchUp.handled(TOPIC, 0, '4');
    expect(await isDone()).toBe(false);
    catchUp.handled(TOPIC, 1, '2');
    expect(await isDone()).toBe(true);
  });

  it('is done when a broker has nothing more twice, besides its first answer', async () => {
    const { catchUp, isDone } = await marked();
    catchUp.handled(TOPIC, 0, '3');
    quiet(catchUp, 1, 2);
    expect(await isDone()).toBe(false);
    quiet(catchUp, 1);
    expect(await isDone()).toBe(true);
  });

  it('waits for a broker that has not answered yet, however often the others have nothing', async () => {
    const { catchUp, isDone } = await marked();
    for (const broker of [1, 2, 3]) catchUp.asks(broker);
    quiet(catchUp, 1, 20);
    quiet(catchUp, 2, 20);
    expect(await isDone()).toBe(false);
    quiet(catchUp, 3, 3);
    expect(await isDone()).toBe(true);
  });

  it('takes no notice of what was asked before partitions were shared out anew', async () => {
    const { catchUp, isDone } = await marked();
    quiet(catchUp, 1, 2);
    catchUp.asks(1);
    catchUp.joined();
    catchUp.fetchedNothing(1);
    expect(await isDone()).toBe(false);
  });

  it('waits for nobody who was not asked any more', async () => {
    const { catchUp, isDone } = await marked();
    catchUp.asks(1, Date.now() - 61_000);
    quiet(catchUp, 2, 3);
    expect(await isDone()).toBe(true);
  });
});
