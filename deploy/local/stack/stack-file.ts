import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from '#contracts/stack';

const fileIn = (home: string): string => join(home, 'stack.json');

/** Tells the CLI and people where everything is. Holds the database password, so only its owner can read it. */
export async function writeStackFile(home: string, stack: Stack): Promise<void> {
  const draft = `${fileIn(home)}.new`;
  await writeFile(draft, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileIn(home));
}

/** What the last start wrote; null when there was none. */
export async function readStackFile(home: string): Promise<Stack | null> {
  try {
    return Stack.parse(JSON.parse(await readFile(fileIn(home), 'utf8')));
  } catch {
    return null;
  }
}
