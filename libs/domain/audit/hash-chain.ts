import { createHash } from 'node:crypto';
import type { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { canonicalJson, storableJson, storableText } from './canonical-json.js';

/** Stands in for the hash before the first record. */
export const GENESIS_HASH = '0'.repeat(64);

/** Where a chain ends: the number and hash of its last record. */
export interface ChainHead {
  sequence: number;
  hash: string;
}

export const EMPTY_CHAIN: ChainHead = { sequence: 0, hash: GENESIS_HASH };

/** What an audit record says, before it has a place in the chain. */
export interface AuditEntry {
  at: Date;
  actor: string;
  action: string;
  model: string | null;
  reason: string;
  before: unknown;
  after: unknown;
}

/** SHA-256 in hexadecimal of the previous hash followed by the record's content as canonical JSON. */
export function recordHash(previousHash: string, content: Omit<AuditRecord, 'hash' | 'previous_hash'>): string {
  const { sequence, at, actor, action, model, reason, before, after } = content;
  return createHash('sha256')
    .update(previousHash)
    .update(canonicalJson({ sequence, at, actor, action, model, reason, before, after }))
    .digest('hex');
}

/** The record that follows `head`. Its texts are made storable first, so that it hashes the same once read back. */
export function chainRecord(head: ChainHead, entry: AuditEntry): AuditRecord {
  const content = {
    sequence: head.sequence + 1,
    at: entry.at.toISOString(),
    actor: storableText(entry.actor),
    action: entry.action,
    model: entry.model,
    reason: storableText(entry.reason),
    before: storableJson(entry.before),
    after: storableJson(entry.after),
  };
  return { ...content, previous_hash: head.hash, hash: recordHash(head.hash, content) };
}

/** Checks a chain record by record, so that a log of any length needs no memory. */
export class ChainVerifier {
  private head = EMPTY_CHAIN;
  private broken: { at: number; detail: string } | null = null;

  /** Takes the next record in order of sequence; false when the chain is broken and more would say nothing new. */
  take(record: AuditRecord): boolean {
    if (this.broken === null) this.broken = this.fault(record);
    if (this.broken !== null) return false;
    this.head = { sequence: record.sequence, hash: record.hash };
    return true;
  }

  /** @param expected the head that was stored beside the log; a record cut off the end shows only there */
  finish(expected: ChainHead): AuditVerification {
    if (this.broken === null && (expected.sequence !== this.head.sequence || expected.hash !== this.head.hash))
      this.broken = {
        at: Math.min(expected.sequence, this.head.sequence) + 1,
        detail: `the log ends with record ${this.head.sequence}, but record ${expected.sequence} was the last one written`,
      };
    return {
      intact: this.broken === null,
      records: this.head.sequence,
      broken_at: this.broken?.at ?? null,
      detail: this.broken?.detail ?? `all ${this.head.sequence} records are as they were written`,
    };
  }

  private fault(record: AuditRecord): { at: number; detail: string } | null {
    const expected = this.head.sequence + 1;
    if (record.sequence !== expected)
      return { at: expected, detail: `record ${expected} is missing; after ${expected - 1} comes ${record.sequence}` };
    if (record.previous_hash !== this.head.hash)
      return { at: expected, detail: `record ${expected} does not follow from the one before it` };
    if (record.hash !== recordHash(this.head.hash, record))
      return {
        at: expected,
        detail: `record ${expected} is not what was written: its hash does not match its content`,
      };
    return null;
  }
}
