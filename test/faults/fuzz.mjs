import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

// npm run test:fuzz -- --inputs 20000 --seed 7
const { values } = parseArgs({ options: { inputs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const env = { ...process.env, FUZZ_INPUTS: values.inputs, ...(values.seed ? { FUZZ_SEED: values.seed } : {}) };
const args = ['vitest', 'run', '--project', 'faults', 'test/faults/foreign-messages.test.ts'];
process.exit(spawnSync('npx', args, { env, stdio: 'inherit' }).status ?? 1);
