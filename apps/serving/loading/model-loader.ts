import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { z } from 'zod';
import { artifactsEnv } from '#platform/config';
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { type LoadedPackage, LoadFailure } from './load-package.js';
import type { LoaderReply, LoaderRequest, LoaderSettings } from './messages.js';

const loadSeconds = new Histogram({
  name: 'ratchet_serving_load_seconds',
  help: 'Time to fetch, verify and prepare a package, off the request path.',
  labelNames: ['outcome'],
  buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
});

/** Only these cross to the thread. */
const ArtifactsSettings = z.object(artifactsEnv);

interface Waiting {
  resolve(loaded: LoadedPackage): void;
  reject(failure: LoadFailure): void;
}

/** Loads packages in a thread of its own; a package that needs too much memory ends the thread, not the instance. */
@Injectable()
export class ModelLoader implements OnApplicationShutdown {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private closed = false;

  constructor(
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws LoadFailure. `milliseconds` is the whole time it took. */
  async load(digest: string): Promise<{ loaded: LoadedPackage; milliseconds: number }> {
    const start = performance.now();
    const elapsed = (): number => performance.now() - start;
    try {
      const loaded = await this.ask(digest);
      const milliseconds = elapsed();
      loadSeconds.observe({ outcome: 'loaded' }, milliseconds / 1000);
      return { loaded, milliseconds };
    } catch (error) {
      loadSeconds.observe({ outcome: error instanceof LoadFailure ? error.reason : 'error' }, elapsed() / 1000);
      throw error;
    }
  }

  /** Removes every package from this instance's disk but these. */
  keepOnly(digests: readonly string[]): void {
    this.send({ kind: 'keep-only', digests });
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.thread?.terminate();
  }

  private ask(digest: string): Promise<LoadedPackage> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject });
      this.send({ kind: 'load', id, digest });
    });
  }

  private send(request: LoaderRequest): void {
    this.thread ??= this.start();
    this.thread.postMessage(request);
  }

  private start(): Worker {
    const { config } = this;
    const settings: LoaderSettings = {
      artifacts: ArtifactsSettings.parse(config),
      cacheFolder: join(config.folder, 'cache'),
    };
    const thread = new Worker(new URL('./loader-thread.js', import.meta.url), {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: config.LOADER_MEMORY_MB },
    });
    thread.on('message', (reply: LoaderReply) => this.take(reply));
    thread.on('error', (error) => this.lost(error));
    return thread;
  }

  private take(reply: LoaderReply): void {
    if (reply.kind === 'warning') {
      this.logger.warn({ detail: reply.detail }, reply.message);
      return;
    }
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === 'loaded') waiting?.resolve(reply.loaded);
    else waiting?.reject(new LoadFailure(reply.reason, reply.detail));
  }

  /** The thread died; what it had before it is not loaded, and the next request gets a new one. */
  private lost(error: unknown): void {
    if (this.closed) return;
    this.thread = null;
    const outOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.logger.error({ err: error }, 'the loading thread ended');
    const failure = outOfMemory
      ? new LoadFailure('out-of-memory', `loading needs more than LOADER_MEMORY_MB=${this.config.LOADER_MEMORY_MB}`)
      : new LoadFailure(
          'unreadable-package',
          `the loading thread ended: ${error instanceof Error ? error.message : String(error)}`,
        );
    for (const { reject } of this.waiting.values()) reject(failure);
    this.waiting.clear();
  }
}
