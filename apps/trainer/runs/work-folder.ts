import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { TrainerConfig } from '../config.js';
import { TRAINER_CONFIG } from '../keys.js';

/** Folders on the local disk, one for each run while it goes on. */
@Injectable()
export class WorkFolders {
  constructor(@Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'RATCHET_HOME'>) {}

  /** Gives `use` an empty folder and removes it afterwards, with whatever an earlier attempt left. */
  async with<T>(runId: string, use: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.path(runId);
    await this.remove(runId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await use(folder);
    } finally {
      await this.remove(runId);
    }
  }

  async remove(runId: string): Promise<void> {
    await rm(this.path(runId), { recursive: true, force: true });
  }

  private path(runId: string): string {
    return join(this.config.RATCHET_HOME, 'training', runId);
  }
}
