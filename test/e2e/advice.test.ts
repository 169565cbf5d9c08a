import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL } from '#contracts/default-model';
import { longestUnderstood } from '../../apps/cli/testing/advice.js';
import { type PrintedAdvice, printedAdvice } from '../../apps/cli/testing/printed-advice.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { type Known, NOT_EXECUTED, SCENES, type Scene, sceneOf } from './advice-scenes.js';
import { AdviceWorld, MODELS } from './advice-world.js';

const PRINTED = await printedAdvice('churn');
const executed = PRINTED.filter(({ command }) => NOT_EXECUTED[command] === undefined).map((advice) => ({
  advice,
  line: advice.typed.join(' '),
}));

/** As who copies it would type it. */
function typed(advice: PrintedAdvice, { versions = [], words = {} }: Known, without: readonly string[] = []): string[] {
  if (advice.shape === 'help') return [...advice.typed];
  const given = [...versions];
  const command = advice.command.split(' ');
  const further = advice.typed.slice(command.length).filter((word) => !without.includes(word));
  return [
    ...command,
    ...further.map((word) =>
      /^v\d+\.\d+\.\d+$/.test(word) ? (given.shift() ?? versions.at(-1) ?? word) : (words[word] ?? word),
    ),
  ];
}

describe('a command that is printed', () => {
  const world: AdviceWorld = new AdviceWorld(() => stack());
  const stack = useStack('advice', { env: { '*': world.env } });
  beforeAll(async () => {
    for (const model of MODELS) {
      const log = world.file('log.jsonl', world.log(300));
      const { code, stdout, stderr } = await stack().cli('import', log, '--model', model);
      expect(code, `${stdout}${stderr}`).toBe(0);
      const run = await stack().cli('retrain', '--model', model, '--no-auto-deploy', '--wait');
      expect(run.code, `${run.stdout}${run.stderr}`).toBe(0);
      await world.live(model);
      await world.live(model);
      for (const alias of ['champion', 'candidate'])
        await world.post(`/v1/models/${model}/aliases`, { alias, version: await world.version(model) });
    }
  });
  afterAll(() => world.close());

  it('is executed here, or has a reason not to be', () => {
    const neither = PRINTED.filter(
      ({ command, shape }) => sceneOf(command, shape) === null && NOT_EXECUTED[command] === undefined,
    );
    expect(neither.map(({ file, typed: words }) => `${words.join(' ')} (${file})`)).toEqual([]);
    const shapes = new Set(PRINTED.flatMap(({ command, shape }) => [command, shape]));
    expect(Object.keys({ ...SCENES, ...NOT_EXECUTED }).filter((name) => !shapes.has(name))).toEqual([]);
  });

  it.each(executed)('$line acts on the right model', async ({ advice }) => {
    const { command, shape, takesModel } = advice;
    const scene: Scene = sceneOf(command, shape) ?? {};
    // What names another model in an example is typed with one of those that are here.
    const model = advice.model === DEFAULT_MODEL || (advice.model === null && takesModel) ? DEFAULT_MODEL : 'churn';
    const known = (await scene.before?.(world, model, stack())) ?? {};
    const words = typed(advice, known, scene.without);
    const meaning = await longestUnderstood(words);
    const others = MODELS.filter((name) => name !== model);
    const elsewhere = () => Promise.all(others.map((name) => world.model(name)));
    const before = { model: await world.model(model), others: await elsewhere(), rest: await world.rest() };

    const { code, stdout, stderr } = await stack().cli(...words);
    const said = `ratchet ${words.join(' ')} (${advice.file}), about ${model}: ${stdout}${stderr}`;
    // Some end as what they have looked at is.
    if (command !== 'doctor') expect(code, said).toBe(0);

    const { changes = [], elsewhere: further = [], audited } = scene;
    const after = await until(`${changes} to be otherwise. ${said}`, async () => {
      const now = { model: await world.model(model), rest: await world.rest() };
      const changed = changes.every(
        (aspect) => JSON.stringify(now.model[aspect]) !== JSON.stringify(before.model[aspect]),
      );
      const more = further.every((aspect) => JSON.stringify(now.rest[aspect]) !== JSON.stringify(before.rest[aspect]));
      const recorded = now.model.audit.filter((record) => !before.model.audit.includes(record));
      const told = audited === undefined || recorded.some((record) => record.endsWith(` ${audited}`));
      return changed && more && told ? now : null;
    });
    await scene.after?.(world, model);
    await world.settled(model);
    // A definition file has the name of its model.
    const named = meaning.model === null ? null : basename(meaning.model, '.yaml');
    if (meaning.takesModel && takesModel) expect([model, null], said).toContain(named);
    if (changes.length === 0 && audited === undefined) expect(after.model, said).toEqual(before.model);
    expect(await elsewhere(), said).toEqual(before.others);
    if (further.length === 0) expect(after.rest, said).toEqual(before.rest);
  });
});
