import { v5 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { contentId, EVENT_NAMESPACE, givenId, isUuid } from './event-id.js';

describe('ids of events', () => {
  it('are UUIDv5 of space and content, as any library computes them', () => {
    const value = Buffer.from('{"task_id":1,"ü":"é"}');
    const expected = v5(Buffer.concat([Buffer.from('automation.outcomes\n'), value]), EVENT_NAMESPACE);
    expect(contentId('automation.outcomes', value)).toBe(expected);
  });

  it('ignore white space around the content, not within', () => {
    const plain = contentId('shadow.outcomes', Buffer.from('{"a":1}'));
    expect(contentId('shadow.outcomes', Buffer.from(' \t{"a":1}\r\n'))).toBe(plain);
    expect(contentId('shadow.outcomes', Buffer.from('{"a": 1}'))).not.toBe(plain);
    expect(contentId('automation.outcomes', Buffer.from('{"a":1}'))).not.toBe(plain);
  });

  it('are kept when the producer gives a UUID, and derived when it gives something else', () => {
    const id = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11';
    expect(givenId('predictions', 'serving', id)).toBe(id.toLowerCase());
    const derived = givenId('predictions', 'serving', '17');
    expect(isUuid(derived)).toBe(true);
    expect(givenId('predictions', 'other', '17')).not.toBe(derived);
    expect(givenId('predictions', 'serving', '17')).toBe(derived);
  });
});
