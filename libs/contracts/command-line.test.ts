import { describe, expect, it } from 'vitest';
import { ratchet } from './command-line.js';

describe('advice', () => {
  it.each([
    [ratchet('status', null), 'ratchet status'],
    [ratchet('list', 'backlink-outcome'), 'ratchet list'],
    [ratchet('status', 'backlink-outcome'), 'ratchet status --model backlink-outcome'],
    [ratchet('deploy', 'churn', '--version v1.0.0'), 'ratchet deploy --model churn --version v1.0.0'],
    [ratchet('backup list', 'churn'), 'ratchet backup list --model churn'],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });
});
