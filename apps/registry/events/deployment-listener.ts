import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { HeldConnection } from '#database/standing-still';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { EventFeed } from './event-feed.js';

/** `registry.save_deployment` notifies every registry here, by its id, of each deployment that changed. */
const DEPLOYMENTS_CHANNEL = 'ratchet_registry_deployments';
/** A connection that broke without a word is found by asking; one that says so is made anew at once. */
const ASK_EVERY_MS = 5_000;

/** Passes on every deployment that changes, whichever registry decided it, to those who follow this one. */
@Injectable()
export class DeploymentListener implements OnApplicationShutdown {
  private connection: HeldConnection | null = null;
  private readonly loop: Loop;
  /** One look after the other, so that followers see the changes in order. */
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = loops.add(
      new Loop({ name: 'deployment listener', everyMs: ASK_EVERY_MS, step: () => this.listen(), logger }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.connection?.close();
    await this.looking;
  }

  /** Sees to a connection that listens. Whoever follows while there is none misses deployments, not the Kafka events. */
  private async listen(): Promise<void> {
    if (this.connection !== null && this.connection.lost === null) return this.connection.confirm();
    const connection = await HeldConnection.open(this.config.DATABASE_URL, {
      name: 'ratchet-registry-listener',
      onLost: (error) => {
        this.logger.warn({ err: error }, 'lost the connection that tells of deployments');
        this.loop.wake();
      },
      onNotification: (deploymentId) => this.look(deploymentId),
    });
    try {
      await connection.query(`LISTEN ${DEPLOYMENTS_CHANNEL}`);
      this.connection = connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private look(deploymentId: string): void {
    if (this.feed.followers === 0) return;
    this.looking = this.looking
      .then(() => this.deployments.byId(this.dataSource.manager, deploymentId))
      .then((deployment) => {
        if (deployment !== null) this.feed.deployment(deployment);
      })
      .catch((error: unknown) => this.logger.warn({ err: error, deploymentId }, 'deployment not passed on'));
  }
}
