import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../deploy/local/repository.js';

const call = promisify(execFile);
const OUTPUT = { maxBuffer: 64 * 1024 * 1024 };

/** An earlier commit of this repository, with its own packages, built in a temporary folder. */
export class EarlierRelease {
  private constructor(
    readonly commit: string,
    /** Its built tree. */
    readonly tree: string,
    private readonly folder: string,
  ) {}

  static async build(commit: string): Promise<EarlierRelease> {
    await call('git', ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`], { cwd: REPOSITORY }).catch(() => {
      throw new Error(
        `This clone has no commit ${commit}, which is the release that is upgraded from here. Fetch the history ("git fetch --unshallow"), or name another commit that is there: RATCHET_PREVIOUS=COMMIT.`,
      );
    });
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-earlier-'));
    const tree = join(folder, 'tree');
    const archive = join(folder, 'tree.tar');
    try {
      await mkdir(tree);
      await call('git', ['archive', '--output', archive, commit], { cwd: REPOSITORY });
      await call('tar', ['-xf', archive, '-C', tree]);
      // As npm was called for this tree, it would install there.
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
      await call('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: tree, env, ...OUTPUT });
      await call('npm', ['run', 'build'], { cwd: tree, env, ...OUTPUT });
      return new EarlierRelease(commit, tree, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
