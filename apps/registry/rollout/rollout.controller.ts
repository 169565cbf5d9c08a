import { Controller, Inject } from '@nestjs/common';
import type { CanaryAccepted, CanaryStatus, ShadowStatus } from '#contracts/http/rollout';
import { type Input, Operation } from '#http/server/operation';
import { Rollout } from './rollout.service.js';

/** Canaries and shadows over HTTP. */
@Controller()
export class RolloutController {
  constructor(@Inject(Rollout) private readonly rollout: Rollout) {}

  @Operation('getCanary')
  canary({ params: { model } }: Input<'getCanary'>): Promise<CanaryStatus> {
    return this.rollout.canary(model);
  }

  @Operation('advanceCanary')
  advance({ params: { model }, body, principal }: Input<'advanceCanary'>): Promise<CanaryAccepted> {
    return this.rollout.advance(model, principal.name, body);
  }

  @Operation('abortCanary')
  abort({ params: { model }, body, principal }: Input<'abortCanary'>): Promise<CanaryAccepted> {
    return this.rollout.abort(model, principal.name, body);
  }

  @Operation('getShadow')
  shadow({ params: { model } }: Input<'getShadow'>): Promise<ShadowStatus> {
    return this.rollout.shadow(model);
  }

  @Operation('setShadow')
  setShadow({ params: { model }, body, principal }: Input<'setShadow'>): Promise<ShadowStatus> {
    return this.rollout.setShadow(model, principal.name, body);
  }
}
