import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DesiredState } from '#contracts/events/deployment';
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER } from '../keys.js';

/** The desired states this instance last acted by, on its own disk: with them it answers before, or without, Kafka. */
@Injectable()
export class SavedStates {
  private readonly folder: string;
  private last = Promise.resolve();

  constructor(
    @Inject(SERVING_CONFIG) config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.folder = join(config.folder, 'desired');
  }

  /** One per model; a file that cannot be read is as good as none. */
  async read(): Promise<DesiredState[]> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const states: DesiredState[] = [];
    for (const name of names.filter((file) => file.endsWith('.json')))
      try {
        states.push(DesiredState.parse(JSON.parse(await readFile(join(this.folder, name), 'utf8'))));
      } catch (error) {
        this.logger.warn({ err: error, file: name }, 'a saved state is unreadable and ignored');
      }
    return states;
  }

  /** In the background; the latest wins. */
  write(desired: DesiredState): void {
    this.last = this.last
      .then(async () => {
        await mkdir(this.folder, { recursive: true });
        const file = join(this.folder, `${desired.model}.json`);
        // Its own: the workers of an instance write the same states.
        const incoming = `${file}.${process.pid}.incoming`;
        await writeFile(incoming, JSON.stringify(desired));
        await rename(incoming, file);
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'the state could not be saved on this disk'));
  }

  /** Resolves when what was given is on the disk. */
  written(): Promise<void> {
    return this.last;
  }
}
