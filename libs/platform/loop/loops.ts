import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import type { Loop, LoopStatus } from './loop.js';

/**
 * Everything that a service does by itself, one list: Nest's own registry of schedules holds each loop by its name, and
 * refuses a second one of the same name, so that a service with a mix-up does not start.
 */
@Injectable()
export class Loops implements OnApplicationShutdown {
  private readonly all: Loop[] = [];
  private started = false;

  constructor(@Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry) {}

  /** Takes a loop into the list; it begins with all the others, once the service is up. */
  add(loop: Loop): Loop {
    if (this.registry.doesExist('interval', loop.name))
      throw new Error(`There are two loops by the name "${loop.name}"; expected one name for each in a service.`);
    this.registry.addInterval(loop.name, loop);
    this.all.push(loop);
    if (this.started) loop.start();
    return loop;
  }

  start(): void {
    this.started = true;
    for (const loop of this.all) loop.start();
  }

  /** Resolves when the steps in hand are over. Those who close what steps use call this first; again is no harm. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((loop) => loop.stop()));
  }

  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }

  status(): LoopStatus[] {
    return this.all.map((loop) => loop.status());
  }
}

@Module({})
class LoopsModule {}

/** Makes {@link Loops} known to every module of a service. */
export function loopsModule(): DynamicModule {
  return {
    module: LoopsModule,
    global: true,
    imports: [ScheduleModule.forRoot({ cronJobs: false, intervals: false, timeouts: false })],
    providers: [Loops],
    exports: [Loops],
  };
}
