import { describe, expect, it } from 'vitest';
import { changesNothing, labelChange, labelsOf, textsOf } from './labels.js';

const now = labelsOf({ description: 'knows forums', tags: { owner: 'ada', ticket: 'A=1' }, aliases: ['champion'] });
const typed = textsOf(now);

describe('what was typed about a version', () => {
  it('changes nothing where it says what holds', () => {
    expect(changesNothing(labelChange(now, typed))).toBe(true);
    expect(typed).toEqual({ description: 'knows forums', aliases: 'champion', tags: 'owner=ada\nticket=A=1' });
    const spaced = { description: ' knows forums\n', aliases: ' champion ,', tags: '\n owner = ada \n\nticket=A=1' };
    expect(changesNothing(labelChange(now, spaced))).toBe(true);
  });

  it('asks for what is new and takes away what is gone, and for nothing else', () => {
    const texts = { description: '', aliases: 'candidate best', tags: 'owner=bob\nteam=x' };
    expect(labelChange(now, texts)).toEqual({
      description: '',
      setAliases: ['candidate', 'best'],
      removeAliases: ['champion'],
      tags: { owner: 'bob', team: 'x', ticket: null },
      notTags: [],
    });
  });

  it('names lines that are no tags', () => {
    expect(labelChange(now, { ...typed, tags: 'owner\n=x\nticket=A=1\nteam=' }).notTags).toEqual([
      'owner',
      '=x',
      'team=',
    ]);
  });

  it('is nothing for a version of a registry that knows no labels', () => {
    expect(textsOf(labelsOf({}))).toEqual({ description: '', aliases: '', tags: '' });
  });
});
