import { describe, expect, it } from 'vitest';
import { DecideRequest } from '#contracts/http/serving';
import { ModelDefinition } from '#contracts/model-definition';
import { KnownFeatures } from '#domain/rows/known-features';
import { ProblemError } from '#platform/problem';
import {
  featuresOf,
  featuresText,
  isUnderstood,
  notUnderstood,
  possibleOptions,
  readDecide,
  readStrict,
} from './decide-request.js';

const BODIES: unknown[] = [
  { task_id: 1 },
  { task_id: 'a' },
  { task_id: 'a'.repeat(256), model: 'backlink-outcome', site: { url: 'x', extra: [1] }, actions: ['forum'] },
  { task_id: 1, unknown: true },
  { task_id: 1, explain: true },
  { task_id: 1, explain: 'yes' },
  { task_id: -5, site: {} },
  null,
  [],
  'text',
  {},
  { task_id: '' },
  { task_id: 'a'.repeat(257) },
  { task_id: 1.5 },
  { task_id: 2 ** 60 },
  { task_id: null },
  { task_id: true },
  { task_id: 1, site: null },
  { task_id: 1, site: [] },
  { task_id: 1, features: { a: 1 } },
  { task_id: 1, features: 'a' },
  { task_id: 1, features: { a: 1 }, site: { a: 1 } },
  { task_id: 1, model: 7 },
  { task_id: 1, actions: [] },
  { task_id: 1, actions: [1] },
  { task_id: 1, actions: 'forum' },
];

const taken = (body: unknown): boolean => {
  try {
    readDecide(body);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    return false;
  }
};

describe('a decide request', () => {
  it.each(BODIES)('is taken exactly if the contract takes it: %j', (body) => {
    expect(taken(body)).toBe(DecideRequest.safeParse(body).success);
  });

  it('may name the actions that are possible', () => {
    const options = ['comment', 'profile', 'forum'];
    expect(possibleOptions({ task_id: 1 }, options)).toBeNull();
    expect(possibleOptions({ task_id: 1, actions: ['forum', 'comment'] }, options)).toEqual([2, 0]);
    expect(() => possibleOptions({ task_id: 1, actions: ['fax'] }, options)).toThrow(
      'actions.0: expected one of comment, profile, forum; got "fax"',
    );
  });

  it.each([
    ['{"task_id":1,"site":{"da":44.50,"name":"é"}}', '{"da":44.50,"name":"é"}'],
    ['{"site":{"a":[1, null]},"task_id":1} ', '{"a":[1, null]}'],
    ['{"task_id":1}', '{}'],
    ['{"task_id":1,"site":{}}', '{}'],
    ['{"task_id":1,"site" : {"a":1.0}}', '{"a":1}'],
    ['{"task_id":"}","x":{"a":2},"site":{"a":1.0}}', '{"a":1.0}'],
    ['{"task_id":1,"x":{"site":{"a":2.0}},"y":1}', '{}'],
    ['{"task_id":1,"site":{"a":"}","b":1.0}}', '{"a":"}","b":1}'],
    ['{"task_id":1,"site":{"a":{"b":1.0}}}', '{"a":{"b":1}}'],
    ['{"task_id":1,"x":{"site":{"a":2}},"site" :{"a":1.0}}', '{"a":1}'],
    ['{"task_id":1,"site" :{"site":1.0}}', '{"site":1}'],
    ['{"site":{"a":1.0},"site":{"a":2.0},"task_id":1}', '{"a":2}'],
    [String.raw`{"task_id":"\"site\":{1}","site":{"a":1.0}}`, '{"a":1}'],
    ['{"task_id":1,"features":{"a":1.0}}', '{"a":1.0}'],
    ['{"task_id":1,"site":{"a":1.0},"features":{"a":1}}', '{"a":1}'],
    ['{"task_id":1,"x":{"site":{"a":2}},"features":{"a":1.0}}', '{"a":1.0}'],
    [String.raw`{"task_id":1,"s\u0069te":{"a":1.0},"x":"\"site\":{}"}`, '{"a":1}'],
  ])('%s has its site written as it came, where that is certain: %s', (text, expected) => {
    expect(featuresText(readDecide(JSON.parse(text)), text)).toBe(expected);
  });
});

it('says what the id of a task may be', () => {
  expect(() => readDecide({})).toThrow('task_id: expected your own id of the task');
});

describe('features and their other name', () => {
  it('may be sent together when they agree, and are an error that names it when not', () => {
    const both = readDecide({ task_id: 1, features: { a: 1, b: [2] }, site: { b: [2], a: 1 } });
    expect(featuresOf(both)).toEqual({ a: 1, b: [2] });
    expect(() => readDecide({ task_id: 1, features: { a: 1 }, site: { a: 2 } })).toThrow(
      'site: is another name of `features`, and says something else',
    );
  });

  it.each([
    [{}, undefined],
    [{ strict: 'true' }, true],
    [{ strict: 'false' }, false],
  ])('the query %j', (query, strict) => {
    expect(readStrict(query)).toBe(strict);
  });

  it.each([{ strict: 'yes' }, { stirct: 'true' }])('the query %j is refused', (query) => {
    expect(() => readStrict(query)).toThrow(ProblemError);
  });
});

describe('what a request says that means nothing', () => {
  const known = new KnownFeatures(
    ModelDefinition.parse({
      name: 'tickets',
      kind: 'multi-class',
      label: 'team',
      classes: ['a', 'b'],
      features: [{ name: 'channel', kind: 'categorical' }],
    }),
  );
  const notes = (body: unknown): string[] => {
    const request = readDecide(body);
    const found = notUnderstood(request, known, true, () => undefined);
    expect(isUnderstood(request, known)).toBe(found.length === 0);
    return found.map(({ field, detail }) => `${field}: ${detail}`);
  };

  it.each([
    [{ task_id: 1, features: { channel: 'mail' }, explain: true, actions: ['a'], model: 'tickets' }, []],
    [{ task_id: 1 }, []],
    [
      { task_id: 1, features: { chanel: 'mail' } },
      ['features.chanel: there is no such feature; did you mean "channel"?'],
    ],
    [{ task_id: 1, site: { chanel: 'mail' } }, ['site.chanel: there is no such feature; did you mean "channel"?']],
    [{ task_id: 1, feature: {} }, ['feature: there is no such field; did you mean "features"?']],
    [
      { task_id: 1, channel: 'mail' },
      ['channel: there is no such field; it is a feature, and belongs into `features`'],
    ],
  ])('%j', (body, expected) => {
    expect(notes(body)).toEqual(expected);
  });
});
