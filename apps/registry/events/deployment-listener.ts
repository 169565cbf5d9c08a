import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { DEPLOYMENTS_CHANNEL } from '#database/registry/deployments-channel';
import type { Logger } from '#platform/logging';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { LOGGER } from '../tokens.js';
import { EventFeed } from './event-feed.js';

const RETRY_MS = 1_000;

/** Passes on every deployment that changes, whichever registry decided it, to those who follow this one. */
@Injectable()
export class DeploymentListener implements OnApplicationBootstrap, OnApplicationShutdown {
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private stopped = false;
  /** One look after the other, so that followers see the changes in order. */
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig,
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.retry !== null) clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
    await this.looking;
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.config.DATABASE_URL,
      application_name: 'ratchet-registry-listener',
      keepAlive: true,
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.look(payload ?? ''));
    client.on('error', (error) => this.lost(client, error));
    try {
      await client.connect();
      await client.query(`LISTEN ${DEPLOYMENTS_CHANNEL}`);
    } catch (error) {
      this.lost(client, error);
    }
  }

  /** Whoever follows meanwhile misses the deployments, not the Kafka events. */
  private lost(client: pg.Client, error: unknown): void {
    if (this.stopped || this.client !== client) return;
    this.client = null;
    this.logger.warn({ err: error, retry_in_ms: RETRY_MS }, 'lost the connection that tells of deployments');
    client.end().catch(() => undefined);
    this.retry = setTimeout(() => void this.listen(), RETRY_MS);
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
