import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ProblemError, parseInput, problemOf } from './problem.js';

const schema = z.looseObject({ reason: z.string().optional() });

const refusal = (input: unknown): unknown => {
  try {
    parseInput(schema, input);
  } catch (error) {
    return error instanceof ProblemError ? error.toProblem() : error;
  }
  return null;
};

describe('input of a request', () => {
  it.each([
    ['a NUL character', '{"reason":"a\\u0000b"}', 'reason', /without NUL/],
    ['half a character', '{"reason":"\\ud800"}', 'reason', /whole characters/],
    ['a number that overflows', '{"limit":1e400}', 'limit', /below 1\.8e308/],
    ['a field 20,000 lists deep', `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, '(body)', /at most 32/],
    ['a name that nothing can store', '{"x":{"a\\u0000":1}}', 'x', /without NUL/],
  ])('that holds %s is refused by the name of the field', (_, json, field, detail) => {
    expect(refusal(JSON.parse(json))).toMatchObject({
      status: 400,
      errors: [{ field, detail: expect.stringMatching(detail) }],
    });
  });

  it('that is fit to be handled is validated', () => {
    expect(parseInput(schema, { reason: 'better', more: [1, { a: null }] })).toEqual({
      reason: 'better',
      more: [1, { a: null }],
    });
  });
});

describe('an error that is not the caller’s', () => {
  it.each([
    [
      'a database that is away',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      503,
      /Try again once it does/,
    ],
    ['a pool without a server', new Error('Connection terminated unexpectedly'), 503, /\/health\/ready/],
    ['a bug', new TypeError('x is undefined'), 500, /the log of the service says what/],
  ])('%s', (_, error, status, detail) => {
    expect(problemOf(error)).toMatchObject({ status, detail: expect.stringMatching(detail) });
  });
});
