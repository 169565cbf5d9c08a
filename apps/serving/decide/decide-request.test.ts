import { describe, expect, it } from 'vitest';
import { DecideRequest } from '#contracts/http/serving';
import { ProblemError } from '#platform/problem';
import { possibleOptions, readDecide } from './decide-request.js';

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
});
