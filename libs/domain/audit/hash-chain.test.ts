import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '#contracts/http/audit';
import { type ChainHead, ChainVerifier, chainRecord, EMPTY_CHAIN, GENESIS_HASH } from './hash-chain.js';

function chain(length: number): AuditRecord[] {
  const records: AuditRecord[] = [];
  let head: ChainHead = EMPTY_CHAIN;
  for (let i = 1; i <= length; i++) {
    const record = chainRecord(head, {
      at: new Date(Date.UTC(2026, 0, i)),
      actor: 'ada',
      action: 'deployment.started',
      model: 'backlink-outcome',
      reason: `reason ${i}`,
      before: { generation: i - 1 },
      after: { generation: i },
    });
    records.push(record);
    head = record;
  }
  return records;
}

function verify(records: readonly AuditRecord[], head: ChainHead) {
  const verifier = new ChainVerifier();
  for (const record of records) if (!verifier.take(record)) break;
  return verifier.finish(head);
}

describe('the audit chain', () => {
  const records = chain(5);
  const head = records.at(-1) ?? EMPTY_CHAIN;

  it('is SHA-256 of the previous hash and the canonical content', () => {
    const [first] = chain(1);
    const content =
      '{"action":"deployment.started","actor":"ada","after":{"generation":1},"at":"2026-01-01T00:00:00.000Z",' +
      '"before":{"generation":0},"model":"backlink-outcome","reason":"reason 1","sequence":1}';
    expect(first?.previous_hash).toBe(GENESIS_HASH);
    expect(first?.hash).toBe(
      createHash('sha256')
        .update(GENESIS_HASH + content)
        .digest('hex'),
    );
  });

  it('is intact as written', () => {
    expect(verify(records, head)).toMatchObject({ intact: true, records: 5, broken_at: null });
    expect(verify([], EMPTY_CHAIN)).toMatchObject({ intact: true, records: 0 });
  });

  it('does not depend on the order of keys that a database gives back', () => {
    const reordered = records.map((record) => ({
      ...record,
      after: Object.fromEntries(Object.entries({ ...Object(record.after) }).reverse()),
    }));
    expect(verify(reordered, head).intact).toBe(true);
  });

  const swap = (list: AuditRecord[], a: number, b: number) =>
    list.map((record, i) => (i === a ? list[b] : i === b ? list[a] : record)).filter((r) => r !== undefined);
  const edit = (index: number, change: Partial<AuditRecord>) =>
    records.map((record, i) => (i === index ? { ...record, ...change } : record));

  it.each<[string, AuditRecord[], number]>([
    ['an edited reason', edit(2, { reason: 'another' }), 3],
    ['an edited actor', edit(0, { actor: 'eve' }), 1],
    ['an edited time', edit(4, { at: '2027-01-01T00:00:00.000Z' }), 5],
    ['an edited state', edit(1, { after: { generation: 9 } }), 2],
    ['a removed record', records.filter((_, i) => i !== 2), 3],
    ['a removed first record', records.slice(1), 1],
    ['a removed last record', records.slice(0, -1), 5],
    ['two records swapped', swap(records, 1, 2), 2],
    [
      'two records swapped with their numbers',
      swap(records, 1, 2).map((record, i) => ({ ...record, sequence: i + 1 })),
      2,
    ],
  ])('shows %s', (_name, tampered, at) => {
    expect(verify(tampered, head)).toMatchObject({ intact: false, broken_at: at });
  });

  it('shows a chain that was hashed anew after an edit', () => {
    const forged = chain(5).slice(0, 4);
    const last = chainRecord(forged[3] ?? EMPTY_CHAIN, {
      at: new Date(0),
      actor: 'eve',
      action: 'x',
      model: null,
      reason: '',
      before: null,
      after: null,
    });
    expect(verify([...forged, last], head)).toMatchObject({ intact: false });
  });

  it('survives what cannot be stored', () => {
    const record = chainRecord(EMPTY_CHAIN, {
      at: new Date(0),
      actor: 'a\0',
      action: 'x',
      model: null,
      reason: '\ud800',
      before: undefined,
      after: { text: '\0' },
    });
    expect(record).toMatchObject({ actor: 'a\ufffd', reason: '\ufffd', before: null, after: { text: '\ufffd' } });
    expect(verify([record], record).intact).toBe(true);
  });
});
