import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type Provider,
  type Type,
} from '@nestjs/common';
import type { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';

/** As much of the backbone as its module needs. */
export interface Closable {
  readonly loops: readonly Loop[];
  close(): Promise<void>;
}

const BACKBONE = Symbol('BACKBONE');

/** Global, so that Nest shuts it down after every module that uses what it provides. */
@Module({})
class BackboneModule implements OnApplicationShutdown {
  constructor(
    @Inject(BACKBONE) private readonly backbone: Closable,
    @Inject(Loops) private readonly loops: Loops,
  ) {
    for (const loop of backbone.loops) loops.add(loop);
  }

  /** The consumers have stopped by now. What the loops leave in the outbox goes out on the next start. */
  async onApplicationShutdown(): Promise<void> {
    await this.loops.stop();
    await this.backbone.close();
  }
}

@Module({})
class WithBackbone {}

/** The service's own module, and for all of its modules what the backbone has. */
export function backboneModule(
  backbone: Closable,
  { providers, controllers }: { readonly providers: readonly Provider[]; readonly controllers: readonly Type[] },
  service: DynamicModule,
): DynamicModule {
  const keys = providers.map((provider) => ('provide' in provider ? provider.provide : provider));
  return {
    module: WithBackbone,
    imports: [
      {
        module: BackboneModule,
        global: true,
        controllers: [...controllers],
        providers: [{ provide: BACKBONE, useValue: backbone }, ...providers],
        exports: keys,
      },
      service,
    ],
  };
}
