import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Reconciliation } from '#contracts/http/reconciliation';
import { reconciliationLines } from './reconcile.js';

const found = (outcome: Reconciliation['outcome']): Reconciliation => ({
  reconciliation_id: '3f2a81c0-0000-4000-8000-000000000001',
  model: 'churn',
  found_at: '2026-01-04T09:00:00Z',
  finding: 'other-history',
  outcome,
  known: { generation: 4, version: 'v1.0.0' },
  seen: { generation: 1000, version: 'v9.9.9', digest: null },
  generation: 1001,
  detail: 'Generation 1000 was found.',
  decision: null,
});

const lines = (outcome: Reconciliation['outcome']) => reconciliationLines([found(outcome)], createColors(false), 200);

describe('what is to be decided about another history', () => {
  it('of one that stayed live: to keep it, or to go back to a version that is named', () => {
    expect(lines('adopted').slice(-2)).toEqual([
      'Keep what is live: ratchet reconcile keep 3f2a81c0 --model churn --reason "…"',
      'Go back to v1.0.0, which was known: ratchet reconcile restore 3f2a81c0 --model churn --reason "…"',
    ]);
  });

  it('of one that was gone above: nothing but that it was seen, for both decisions would end alike', () => {
    expect(lines('restored').slice(-2)).toEqual([
      'Generation 1000 was found.',
      'v1.0.0, which this registry had decided, holds again. Say that you have seen it: ratchet reconcile keep 3f2a81c0 --model churn --reason "…"',
    ]);
  });
});
