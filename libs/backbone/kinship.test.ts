import { expect, it } from 'vitest';
import { kinship } from './kinship.js';

const identities = new Map([['automation.outcomes', 'cluster/topic-1']]);
const decided = { identities, epochs: new Set(['epoch-1']), wereRead: true };
const readOnly = { identities, epochs: new Set<string>(), wereRead: true };
const untouched = { identities, epochs: new Set<string>(), wereRead: false };
const isNew = { read: null, epochs: [], isNew: true };
const of = (read: string | null, ...epochs: string[]) => ({ read, epochs, isNew: false });

it.each([
  ['it has read from this very topic', decided, of('cluster/topic-1'), 'own'],
  ['its registry wrote what is there', decided, of(null, 'epoch-0', 'epoch-1'), 'own'],
  ['it has read, and the registry has never decided', readOnly, of('cluster/topic-1'), 'own'],
  ['it is new, and a registry has written', decided, isNew, 'foreign'],
  ['it is new, and somebody has read', readOnly, isNew, 'foreign'],
  ['another registry has written', decided, of(null, 'epoch-2'), 'foreign'],
  ['it has read from another topic of the name', decided, of('cluster/topic-2'), 'foreign'],
  ['it has read from an old broker, without ids', decided, of('cluster/'), 'foreign'],
  ['it is of a release that kept neither', readOnly, of(null), 'unknown'],
  ['both are new', untouched, isNew, 'unknown'],
  ['Kafka was wiped', untouched, of('gone/topic-0', 'epoch-1'), 'unknown'],
] as const)('when %s', (_, topics, { read, epochs, isNew }, expected) => {
  const places = read === null ? [] : [{ topic: 'automation.outcomes', identity: read }];
  expect(kinship(topics, { read: places, epochs, isNew })).toBe(expected);
});
