import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditRecord } from '#contracts/http/audit';
import { DefinitionDetail } from '#contracts/http/definitions';
import { ModelStatus } from '#contracts/http/models';
import { listOperations } from '#contracts/http/operation';
import { SERVICES } from '#contracts/http/services';
import { DESCRIBED } from '#contracts/openapi';
import { EventProducer } from '#kafka/produce/producer';
import { advised, commandNames, understand } from '../../apps/cli/testing/advice.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { goodBody, pathOf, send } from './access-requests.js';
import { SILENT, walkAdvice, walks } from './advice-walk.js';
import { decide } from './serving-world.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-models-'));
const models = join(folder, 'models');
mkdirSync(models);
const delivered = 'backlink-outcome.yaml';
writeFileSync(join(models, delivered), readFileSync(join(REPOSITORY, 'deploy/models', delivered)));

const definition = (name: string, description = 'as it was'): string => `name: ${name}
description: ${description}
kind: multi-class
label: churned
classes: ['yes', 'no']
features:
  - { name: months, kind: numeric }
  - { name: plan, kind: categorical }
minimum_rows: 100
schedule: ''
hyper_parameters: { rounds: 20, max_depth: 3 }
gate: { minimum_holdout_rows: 10 }
canary: { steps: [100] }
`;
writeFileSync(join(models, 'seeded.yaml'), definition('seeded'));

/** Who has stayed long, stays; the same rows for every model. */
const rows = (from: number, to: number): string =>
  [
    'task_id,months,plan,churned',
    ...Array.from({ length: to - from }, (_, i) => {
      const n = from + i;
      const months = (n * 7919) % 60;
      return `case-${n},${months},${n % 3 === 0 ? 'basic' : 'full'},${months < 20 !== (n % 11 === 0) ? 'yes' : 'no'}`;
    }),
    '',
  ].join('\n');
const path = (name: string): string => join(folder, name);
const file = (name: string, content: string): string => {
  writeFileSync(path(name), content);
  return path(name);
};
file('misspelt.csv', rows(400, 700).replace('months', 'monhts'));

/** What is asked of something that is not there, so that the answer is a refusal that says what to do. */
const NOWHERE = { version: 'v9.9.9', alias: 'nobody', name: 'nobody' };
/** Of these, what is asked of a model that is there is refused as well, with what {@link NOWHERE} puts into their bodies. */
const REFUSED = ['deployVersion', 'rollBack', 'drillRollback', 'advanceCanary', 'abortCanary', 'setShadow', 'setAlias'];
/** Every operation that names something, and of which model it is asked. */
const ASKED = DESCRIBED.flatMap((service) =>
  listOperations(SERVICES[service].operations).flatMap((operation) => {
    const { name, method, path } = operation;
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const ofModel = names.includes('model');
    const refused = method === 'GET' || REFUSED.includes(name) || names.some((parameter) => parameter !== 'model');
    return [
      ...(names.length > 0 && refused
        ? [{ name, service, operation, model: 'churn', about: ofModel ? 'churn' : null }]
        : []),
      ...(ofModel ? [{ name, service, operation, model: 'nothing', about: null }] : []),
    ];
  }),
);

describe('models of a running system', () => {
  const stack = useStack('models', { env: { '*': { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000' } } });
  const copied = (...typed: string[]) => stack().cli(...typed);
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await copied(...args);
    return { code, text: `${stdout}${stderr}`, stdout };
  };
  const described = async (model: string): Promise<DefinitionDetail> =>
    DefinitionDetail.parse(JSON.parse((await cli('models', 'describe', model, '--json')).stdout));
  const authorized = () => ({ authorization: `Bearer ${stack().token}` });
  const statuses = async (): Promise<ModelStatus[]> => {
    const answer = await fetch(`${stack().urls.registry}/v1/models`, { headers: authorized() });
    return z.array(ModelStatus).parse(await answer.json());
  };
  const live = async (): Promise<Record<string, string | null>> =>
    Object.fromEntries((await statuses()).map(({ model, live: version }) => [model, version?.version ?? null]));

  it('begin with the files of MODELS_DIR', async () => {
    const { text } = await cli('models', 'list');
    expect(text).toMatch(/backlink-outcome +action-outcome/);
    expect(text).toMatch(/seeded +multi-class +2 +1 .*file seeded\.yaml/);
  });

  it('are unknown until they are added, and then known to every service at once, without a restart', async () => {
    const [serving = ''] = stack().serving;
    const ask = () => decide(serving, { model: 'churn', task_id: 1 });
    await until('serving to know the models', async () => (await ask()).status === 404);
    const added = await cli('models', 'add', file('churn.yaml', definition('churn')), '--reason', 'a second one');
    expect(added, added.text).toMatchObject({ code: 0 });
    expect(added.text).toContain('churn is defined, revision 1');
    const taken = await cli('import', file('churn.csv', rows(0, 400)), '--model', 'churn');
    expect(taken, taken.text).toMatchObject({ code: 0 });
    expect(taken.text).toMatch(/taken +400 /);
    await until('serving to know it', async () => (await ask()).status === 503);
    expect((await ask()).body.detail).toContain('ratchet status --model churn');
    expect((await cli('import', file('seeded.csv', rows(0, 400)), '--model', 'seeded')).code).toBe(0);
  });

  it('are refused in words when they are wrong, and point at the line', async () => {
    const wrong = await cli('models', 'add', file('wrong.yaml', definition('wrong').replace('numeric', 'numerical')));
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain('line 7: features.0');
    const other = definition('churn')
      .replace('multi-class', 'action-outcome')
      .replace(/label.*\nclasses/, 'actions');
    const kind = await cli('models', 'add', file('other.yaml', other));
    expect(kind).toMatchObject({ code: 1 });
    expect(kind.text).toContain('churn is of the kind multi-class');
  });

  it('change by revisions, which are audited; what is the same changes nothing', async () => {
    const changed = file('churn.yaml', definition('churn', 'as it is'));
    expect((await cli('models', 'add', changed, '--reason', 'better said')).text).toContain('revision 2');
    expect((await cli('models', 'add', changed)).text).toContain('nothing has changed');
    const { revision, history, definition: now } = await described('churn');
    expect([revision, now.description, history.map(({ reason }) => reason)]).toEqual([
      2,
      'as it is',
      ['better said', 'a second one'],
    ]);
    const records = z.array(AuditRecord).parse(JSON.parse((await cli('audit', '--model', 'churn', '--json')).stdout));
    expect(records.filter(({ action }) => action === 'model.defined').map(({ reason }) => reason)).toEqual([
      'better said',
      'a second one',
    ]);
    expect((await cli('audit', '--verify')).text).toContain('intact');
  });

  it('keep what an operator has said when the registry starts again, and follow a file that changes', async () => {
    expect((await cli('models', 'add', file('s.yaml', definition('seeded', 'by hand')))).text).toContain('revision 2');
    await stack().crash('registry');
    expect((await described('seeded')).definition.description).toBe('by hand');
    writeFileSync(join(models, 'seeded.yaml'), definition('seeded', 'by its file'));
    await until(
      'the file to be taken',
      async () => (await described('seeded')).definition.description === 'by its file',
    );
    expect((await described('seeded')).history.map(({ source }) => source)).toEqual(['file', 'operator', 'file']);
  });

  it('hold as this database has them, whatever somebody else publishes', async () => {
    const before = await described('churn');
    const producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
    const { text: _, history: __, ...published } = before;
    // As of a history that a restored database has lost.
    await producer.publish('model.defined', {
      ...published,
      revision: 50,
      definition: { ...before.definition, description: 'made up' },
    });
    await producer.disconnect();
    const after = await until('the registry to go above it', async () => {
      const now = await described('churn');
      return now.revision > 50 ? now : null;
    });
    expect(after).toMatchObject({ revision: 51, definition: before.definition, text: before.text });
    expect(after.history[0]).toMatchObject({ actor: 'registry', reason: expect.stringContaining('revision 50') });
    const changed = await cli('models', 'add', file('churn.yaml', definition('churn', 'as it is now')));
    expect(changed.text).toContain('revision 52');
    expect((await described('churn')).definition.description).toBe('as it is now');
    expect((await cli('audit', '--verify')).text).toContain('intact');
  });

  describe('and what is advised about them', () => {
    let trained = '';
    beforeAll(async () => {
      for (const model of ['churn', 'seeded']) {
        const run = await cli('retrain', '--model', model, '--no-auto-deploy', '--wait');
        expect(run, run.text).toMatchObject({ code: 0 });
        if (model === 'churn') trained = run.text;
      }
    });

    it('acts on the model it is about when it is copied', async () => {
      expect(await live()).toEqual({ 'backlink-outcome': null, churn: null, seeded: null });
      const [deploy = []] = advised(trained).filter(([command]) => command === 'deploy');
      expect(deploy.slice(0, 5)).toEqual(['deploy', '--model', 'churn', '--version', 'v1.0.0']);
      const done = await cli(...deploy);
      expect(done, done.text).toMatchObject({ code: 0 });
      expect(await live()).toEqual({ 'backlink-outcome': null, churn: 'v1.0.0', seeded: null });
    });

    it('is walked for every command', async () => {
      const walked = new Set<string>();
      for (const { typed } of walks(path)) walked.add((await understand(typed)).command);
      expect([...walked, ...Object.keys(SILENT)].sort()).toEqual(commandNames().sort());
    });

    it.each(walks(path))('is to be copied: $typed', async ({ typed, about, silent }) => {
      const before = await live();
      const { text } = await cli(...typed);
      const model = about ?? (await understand(typed)).model;
      const commands = await walkAdvice(text, model === 'nothing' ? null : model, copied);
      if (silent === undefined) expect(commands, text).not.toEqual([]);
      expect(await live()).toEqual(before);
    });

    it('by problem details of a decision is to be copied as well', async () => {
      const [serving = ''] = stack().serving;
      const { status, body } = await decide(serving, { model: 'seeded', task_id: 1 });
      expect(status).toBe(503);
      expect(await walkAdvice(String(body.detail), 'seeded', copied)).toHaveLength(2);
    });

    const advising: string[] = [];
    it.each(ASKED)(
      'by problem details of $name, asked of $model, as well',
      async ({ name, service, operation, model, about }) => {
        const { urls, serving } = stack();
        const { headers, body } = goodBody(operation);
        const origin = service === 'serving' ? serving[0] : urls[service];
        const query = name === 'compareVersions' ? '?from=v9.9.9&to=v1.0.0' : '';
        const before = await live();
        const { status, text } = await send({
          method: operation.method,
          url: `${origin}${pathOf(operation, { ...NOWHERE, model })}${query}`,
          headers: { ...headers, ...authorized() },
          body: body?.replaceAll(/v1\.\d\.0/g, NOWHERE.version),
        });
        if (status >= 400 && (await walkAdvice(text.replaceAll('\\"', '"'), about, copied)).length > 0)
          advising.push(name);
        expect(await live()).toEqual(before);
      },
    );

    it('by problem details is given where something is named that is not there', () => {
      expect(advising).toEqual(
        expect.arrayContaining(['deployVersion', 'getVersion', 'readDefinition', 'removeAlias']),
      );
    });

    it('leads from a misspelt column to a version, to its deployment and back, on the one model alone', async () => {
      const other = await described('seeded');
      const refused = await cli('import', path('misspelt.csv'), '--model', 'churn');
      expect(refused.code).toBe(1);
      const [rename = []] = advised(refused.text);
      expect(rename).toContain('--rename');
      const taken = await cli(...rename);
      expect(taken.text).toMatch(/taken +300 /);
      const run = await cli('retrain', '--model', 'churn', '--no-auto-deploy', '--wait');
      const follow = async (text: string, name: string) => {
        const [command = []] = advised(text).filter(([first]) => first === name);
        expect(command.slice(0, 3)).toEqual([name, '--model', 'churn']);
        const done = await cli(...command);
        expect(done, done.text).toMatchObject({ code: 0 });
        return done.text;
      };
      const deployed = await follow(run.text, 'deploy');
      expect(await live()).toEqual({ 'backlink-outcome': null, churn: 'v1.1.0', seeded: null });
      await follow(deployed, 'rollback');
      expect(await live()).toEqual({ 'backlink-outcome': null, churn: 'v1.0.0', seeded: null });
      expect(await described('seeded')).toEqual(other);
    });
  });
});
