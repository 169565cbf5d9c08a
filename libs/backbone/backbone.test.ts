import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { homeEnv, httpEnv, kafkaEnv } from '#platform/config';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { Backbone } from './backbone.js';
import { CLOCK, type Clock, LOGGER } from './keys.js';

const config = z
  .object({ ...httpEnv(0), ...kafkaEnv, ...homeEnv })
  .parse({ KAFKA_BROKERS: '127.0.0.1:1', LOG_LEVEL: 'silent' });

const events: string[] = [];

/** Uses what the backbone has until the very end. */
@Injectable()
class LastUser implements OnApplicationShutdown {
  constructor(
    @Inject(LOGGER) readonly logger: Logger,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(Loops) loops: Loops,
  ) {
    const step = async (): Promise<void> => void events.push('step');
    loops.add(new Loop({ name: 'work', everyMs: 3_600_000, step, logger }));
  }

  onApplicationShutdown(): void {
    events.push('last use');
  }
}

@Module({ providers: [LastUser] })
class Feature {}

@Module({ imports: [Feature] })
class ServiceModule {}

it('gives every module what it has, and closes it after the last use, the last opened first', async () => {
  const backbone = new Backbone(config, { name: 'evaluator' });
  for (const name of ['first', 'second'])
    backbone.keep(name, name, async () => {
      events.push(`${name} closed`);
      if (name === 'second') throw new Error('broken while closing');
    });
  const app = await backbone.run({ module: ServiceModule });
  expect(app.get(LastUser).clock()).toBeInstanceOf(Date);
  await vi.waitFor(() => expect(events).toEqual(['step']));
  await app.close();
  expect(events).toEqual(['step', 'last use', 'second closed', 'first closed']);
});
