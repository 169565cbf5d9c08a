import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { Follower } from './follower.js';

/** The four topics that carry the desired state; which one a state came through makes no difference. */
@Controller()
export class DesiredStateController {
  constructor(@Inject(Follower) private readonly follower: Pick<Follower, 'receive'>) {}

  @OnEvent('model.staged', { mode: 'broadcast' })
  staged({ value }: IncomingEvent<'model.staged'>): void {
    this.follower.receive(value);
  }

  @OnEvent('model.canary-advanced', { mode: 'broadcast' })
  canaryAdvanced({ value }: IncomingEvent<'model.canary-advanced'>): void {
    this.follower.receive(value);
  }

  @OnEvent('model.promoted', { mode: 'broadcast' })
  promoted({ value }: IncomingEvent<'model.promoted'>): void {
    this.follower.receive(value);
  }

  @OnEvent('model.rolled-back', { mode: 'broadcast' })
  rolledBack({ value }: IncomingEvent<'model.rolled-back'>): void {
    this.follower.receive(value);
  }
}
