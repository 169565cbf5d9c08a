import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { TrainerConfig } from '../config.js';
import { TRAINER_CONFIG } from '../keys.js';

/** Folders on the local disk, one for each attempt at a run while it goes on. */
@Injectable()
export class WorkFolders {
  constructor(@Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'RATCHET_HOME'>) {}

  /**
   * Gives `use` an empty folder and removes it afterwards; at first, whatever an earlier attempt left. Its name is its own: a trainer
   * that stood still, and gives up its attempt when it goes on, must not take this one's files along.
   */
  async with<T>(runId: string, use: (folder: string) => Promise<T>): Promise<T> {
    await this.remove(runId);
    const folder = join(this.parent, `${runId}.${randomUUID().slice(0, 8)}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await use(folder);
    } finally {
      await remove(folder);
    }
  }

  /** Removes what attempts at a run have left. */
  async remove(runId: string): Promise<void> {
    const left = await readdir(this.parent).catch(() => []);
    for (const name of left) if (name.split('.')[0] === runId) await remove(join(this.parent, name));
  }

  private get parent(): string {
    return join(this.config.RATCHET_HOME, 'training');
  }
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
