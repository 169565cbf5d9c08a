import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against } = useServer();

it('a refused definition is checked by a command that a shell takes as it is printed, also where the file has a space', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, "Ada's churn.yaml"), 'name: churn\n');
  const env = await against({ 'POST /v1/definitions': problem(400, 'churn.yaml:1 kind: expected one of …') });
  const result = await invoke(['models', 'add', "Ada's churn.yaml"], env, folder);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(String.raw`ratchet models check 'Ada'\''s churn.yaml'`);
});
