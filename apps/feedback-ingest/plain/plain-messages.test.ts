import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentId, ID_SPACES } from '#domain/feedback/event-id';
import { decodeObject } from '#domain/feedback/message';
import { readPrediction } from '#domain/feedback/prediction';
import { readFeedback } from '#domain/feedback/read';
import { rulesOf } from '#domain/feedback/rules';
import { loadModelDefinitions } from '#platform/model-definitions';
import { EventRows, PredictionRows } from '../storage/rows.js';
import { PlainMessages } from './plain-messages.js';

const RULES = rulesOf(loadModelDefinitions('deploy/models').values());
const NOW = Date.UTC(2026, 0, 5) * 1000;
const RECEIPT = { receivedAt: NOW - 5_000, storedAt: NOW + 3, now: NOW };

/** The row that the exact way makes of an outcome; null where it refuses it. */
function exactOutcome(message: Buffer): string | null {
  const rows = new EventRows();
  const eventId = contentId(ID_SPACES.automation, message);
  try {
    const reading = { eventId, rules: RULES, receivedAt: RECEIPT.receivedAt, now: NOW };
    rows.add(readFeedback('automation', decodeObject(message), reading), RECEIPT.storedAt);
  } catch {
    return null;
  }
  return rows.rows.bytes(0, 1).toString('latin1');
}

function exactPrediction(message: Buffer): string | null {
  const rows = new PredictionRows();
  try {
    rows.add(
      readPrediction(decodeObject(message), { rules: RULES, receivedAt: RECEIPT.receivedAt, now: NOW }),
      RECEIPT.storedAt,
    );
  } catch {
    return null;
  }
  return rows.rows.bytes(0, 1).toString('latin1');
}

const plain = new PlainMessages(RULES);

/** The row of the quick way; null where it leaves the message to the exact one. */
function plainOutcome(message: Buffer): string | null {
  const { rows } = new EventRows();
  return plain.outcomes.add(message, RECEIPT, rows, null) ? rows.bytes(0, 1).toString('latin1') : null;
}

function plainPrediction(message: Buffer): string | null {
  const { rows } = new PredictionRows();
  return plain.predictions.add(message, RECEIPT, rows) ? rows.bytes(0, 1).toString('latin1') : null;
}

const OUTCOME = {
  timestamp: '2026-01-04T09:12:31.123Z',
  task_id: 9041,
  domain: 'site7.example.org',
  action_attempted: 'comment',
  result: 'failed',
  failure_reason: 'captcha_failed',
  captcha_type: null,
  execution_time: 12.3,
  retry_count: 1,
  prediction_id: '33438DFC-20a2-5b27-989c-e8838d7f022f',
  model_version: 'v1.2.0',
  features: { pa: 31, da: 24.5, site_type: 'blog', requires_login: true },
};
const PREDICTION = {
  prediction_id: '33438dfc-20a2-5b27-989c-e8838d7f022f',
  model: 'backlink-outcome',
  task_id: 't-1',
  predicted_at: '2026-01-04T09:12:31.123Z',
  instance: 'serving-1',
  version: 'v1.2.0',
  generation: 3,
  role: 'live',
  site: { pa: 31, da: 0.30000000000000004, url: 'https://example.org/é', x: null, y: false },
  decision: 'comment',
  probabilities: { comment: 0.7316498756408691, forum: 0.2683501243591309 },
  propensity: 0.9,
};

/** As Python's json.dumps writes it. */
const spaced = (value: unknown): string => JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "');

const oddNumber = fc.constantFrom(
  ...[
    '0',
    '-0',
    '-0.0',
    '12.0',
    '12.50',
    '1e3',
    '1E400',
    '0.000001',
    '0.0000001',
    '-1',
    '01',
    '1.',
    '.5',
    '1234567890123456',
  ],
  ...[
    '0.1234567890123456789',
    '9007199254740993',
    '999999999999999',
    '2147483648',
    '3.5e38',
    '100000000000000000000000',
    '0.30000000000000004',
  ],
);
const oddText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom(
    '',
    ' ',
    ' a',
    'a ',
    'unknown',
    'Comment',
    'COMMENT',
    'success',
    'error',
    '2026-01-04T09:12:31+01:00',
    '1767517951',
  ),
  fc.constantFrom(
    '2026-02-30T00:00:00Z',
    '2030-01-01T00:00:00Z',
    'http://x',
    'https:///x',
    '\u3000',
    '\u00a0',
    'x'.repeat(5000),
  ),
);
const value = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '[1]',
    '{"a":{"b":1}}',
    '{"domain":"x"}',
    '{"2":1,"1":2}',
    '{"pa":1,"pa":2}',
  ),
  oddNumber,
  oddText.map((text) => JSON.stringify(text)),
  fc.double().map(String),
  fc.integer().map(String),
);

/** A message with some of its members replaced, added or taken away, in any order, and perhaps a byte of it changed. */
function messages(like: Record<string, unknown>): fc.Arbitrary<Buffer> {
  const names = fc.constantFrom(...Object.keys(like), 'site', 'model', 'label', 'extra', '7', '__proto__', 'é', 'a"b');
  return fc
    .record({
      dropped: fc.oneof(fc.constant<string[]>([]), fc.subarray(Object.keys(like), { maxLength: 2 })),
      changed: fc.oneof(fc.constant<[string, string][]>([]), fc.array(fc.tuple(names, value), { maxLength: 2 })),
      nested: fc.array(fc.tuple(fc.constantFrom('pa', 'da', 'url', 'country', 'nope', 'domain', '0'), value), {
        maxLength: 3,
      }),
      isNested: fc.nat(3).map((n) => n === 0),
      isSpaced: fc.boolean(),
      order: fc.nat(11),
      byte: fc.option(fc.tuple(fc.nat(400), fc.nat(255)), { freq: 2 }),
    })
    .map(({ dropped, changed, nested, isNested, isSpaced, order, byte }) => {
      const inner = Object.hasOwn(like, 'features') ? 'features' : 'site';
      const members: [string, string][] = Object.entries(like)
        .filter(([name]) => !dropped.includes(name))
        .map(([name, value]) => [name, isSpaced ? spaced(value) : JSON.stringify(value)]);
      if (isNested) {
        const text = nested.map(([name, value]) => `"${name}":${value}`).join(',');
        members.splice(0, members.length, ...members.filter(([name]) => name !== inner), [inner, `{${text}}`]);
      }
      for (const [name, value] of changed) {
        const at = members.findIndex(([known]) => known === name);
        if (at < 0) members.push([name, value]);
        else members[at] = [name, value];
      }
      const turned = [...members.slice(order), ...members.slice(0, order)];
      const [colon, comma] = isSpaced ? [': ', ', '] : [':', ','];
      const text = Buffer.from(
        `{${turned.map(([name, value]) => `${JSON.stringify(name)}${colon}${value}`).join(comma)}}`,
      );
      if (byte !== null) text[byte[0] % text.length] = byte[1];
      return text;
    });
}

describe('a plain message', () => {
  it.each([
    ['an outcome', JSON.stringify(OUTCOME)],
    ['one of Python', spaced(OUTCOME)],
    ['one that says little', '{"task_id":"t 1","action_attempted":"forum","result":"success"}'],
    [
      'one with its site, and text beyond ASCII',
      JSON.stringify({ ...OUTCOME, features: null, site: { da: 1 }, failure_reason: 'über' }),
    ],
  ])('%s is read from its bytes', (_, text) => {
    const exact = exactOutcome(Buffer.from(text));
    expect(exact).not.toBeNull();
    expect(plainOutcome(Buffer.from(text))).toBe(exact);
  });

  it('is a prediction, too', () => {
    for (const text of [JSON.stringify(PREDICTION), spaced(PREDICTION)]) {
      const exact = exactPrediction(Buffer.from(text));
      expect(exact).not.toBeNull();
      expect(plainPrediction(Buffer.from(text))).toBe(exact);
    }
  });

  it('tells which decision it belongs to', () => {
    plainOutcome(Buffer.from(JSON.stringify(OUTCOME)));
    expect(plain.outcomes.predictionId).toBe(PREDICTION.prediction_id);
    expect(RULES.has(plain.outcomes.model)).toBe(true);
    plainPrediction(Buffer.from(JSON.stringify(PREDICTION)));
    expect(plain.predictions.predictionId).toBe(PREDICTION.prediction_id);
    expect(plain.predictions.model).toBe(PREDICTION.model);
  });

  it('becomes the row that the exact way makes of it, or is left to that', () => {
    let read = 0;
    fc.assert(
      fc.property(messages(OUTCOME), (message) => {
        const quick = plainOutcome(message);
        if (quick === null) return;
        read++;
        expect(quick, message.toString()).toBe(exactOutcome(message));
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(messages(PREDICTION), (message) => {
        const quick = plainPrediction(message);
        if (quick === null) return;
        read++;
        expect(quick, message.toString()).toBe(exactPrediction(message));
      }),
      { numRuns: 5_000 },
    );
    // Else it would prove nothing.
    expect(read).toBeGreaterThan(1_000);
  });
});
