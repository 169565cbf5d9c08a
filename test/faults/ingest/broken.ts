import type { TestMessage } from '../../stack/feedback.js';

const FIVE_MEGABYTES = 5 * 1024 * 1024;
const good = (n: number) => ({ task_id: `broken-${n}`, action_attempted: 'forum', result: 'success' });
const json = (value: unknown): string => JSON.stringify(value);

/** Every way in which a message of `automation.outcomes` can be broken, with the reason it must be refused for. */
export const BROKEN: readonly [name: string, reason: string, value: (n: number) => TestMessage['value']][] = [
  ['no value', 'tombstone', () => null],
  ['no bytes', 'not-json', () => Buffer.alloc(0)],
  ['half an object', 'not-json', (n) => json(good(n)).slice(0, -5)],
  ['single quotes', 'not-json', (n) => json(good(n)).replaceAll('"', "'")],
  ['a bare word', 'not-json', (n) => `outcome ${n}`],
  ['a list', 'not-an-object', (n) => json([good(n)])],
  ['a number', 'not-an-object', (n) => String(n)],
  ['Latin-1', 'not-utf8', (n) => Buffer.from(json({ ...good(n), domain: 'bücher.example' }), 'latin1')],
  ['UTF-16', 'not-utf8', (n) => Buffer.from(`\uFEFF${json(good(n))}`, 'utf16le')],
  ['half a surrogate pair', 'not-utf8', (n) => json(good(n)).replace('}', ',"note":"\\ud83d"}')],
  ['a NUL byte', 'nul-character', (n) => json(good(n)).replace('forum', 'for\u0000um')],
  ['an escaped NUL', 'nul-character', (n) => json({ ...good(n), note: 'a\u0000b' })],
  ['no task id', 'missing-field', (n) => json({ ...good(n), task_id: undefined, n })],
  ['no action', 'missing-field', (n) => json({ ...good(n), action_attempted: null })],
  ['no result', 'missing-field', (n) => json({ ...good(n), result: undefined })],
  ['a task id that is a list', 'wrong-type', (n) => json({ ...good(n), task_id: [n] })],
  ['a time as text where a number belongs', 'wrong-type', (n) => json({ ...good(n), execution_time: 'slow' })],
  ['a site that is a text', 'wrong-type', (n) => json({ ...good(n), site: 'https://example.org' })],
  ['a prediction id that is none', 'wrong-type', (n) => json({ ...good(n), prediction_id: 'x' })],
  ['an unknown action', 'unknown-action', (n) => json({ ...good(n), action_attempted: 'bookmark' })],
  ['an unknown result', 'unknown-result', (n) => json({ ...good(n), result: 'perhaps' })],
  ['an unknown model', 'unknown-model', (n) => json({ ...good(n), model: 'nobody-knows' })],
  ['a date without zone', 'unreadable-time', (n) => json({ ...good(n), timestamp: '2026-01-04T09:12:31' })],
  ['a day that is not there', 'unreadable-time', (n) => json({ ...good(n), timestamp: '2026-02-30T09:12:31Z' })],
  ['a far future', 'time-out-of-range', (n) => json({ ...good(n), timestamp: '2126-01-04T09:12:31Z' })],
  ['an ancient date', 'time-out-of-range', (n) => json({ ...good(n), timestamp: '0099-01-04T09:12:31Z' })],
  ['milliseconds', 'time-out-of-range', (n) => json({ ...good(n), timestamp: 1767517951118 })],
  ['a negative retry count', 'out-of-range', (n) => json({ ...good(n), retry_count: -1 })],
  ['a retry count beyond an integer', 'out-of-range', (n) => json({ ...good(n), retry_count: 3e9 })],
  ['an infinite number', 'out-of-range', (n) => json(good(n)).replace('}', ',"execution_time":1e999}')],
  [
    'a hundred objects inside one another',
    'out-of-range',
    (n) => json(good(n)).replace('}', `,"deep":${'{"a":'.repeat(100)}1${'}'.repeat(101)}`),
  ],
  ['a long task id', 'too-large', (n) => json({ ...good(n), task_id: 'x'.repeat(300) })],
  ['five megabytes', 'too-large', (n) => json({ ...good(n), note: 'x'.repeat(FIVE_MEGABYTES) })],
];
