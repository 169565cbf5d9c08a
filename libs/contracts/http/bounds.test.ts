import { describe, expect, it } from 'vitest';
import { DeployBody } from './deployments.js';
import { INGEST_OPERATIONS } from './ingest.js';
import { RetrainBody } from './runs.js';

const NUL = String.fromCharCode(0);
const ESCAPE = String.fromCharCode(27);

/** The fields at fault. */
const fault = (result: { error?: { issues: { path: PropertyKey[] }[] } | undefined }): string[] =>
  (result.error?.issues ?? []).map(({ path }) => path.join('.'));

describe('what people write', () => {
  it.each([NUL, ESCAPE])('is refused with the control character %j, by the name of its field', (character) => {
    const text = `a${character}b`;
    expect(fault(RetrainBody.safeParse({ reason: text }))).toEqual(['reason']);
    expect(fault(DeployBody.safeParse({ version: 'v1.0.0', reason: text }))).toEqual(['reason']);
    expect(fault(INGEST_OPERATIONS.importFile.query.safeParse({ name: `${text}.csv` }))).toEqual(['name']);
  });

  it('may have lines, and any language', () => {
    const reason = 'Erst \u{1F600},\n\tdann 再训练';
    expect(RetrainBody.parse({ reason })).toMatchObject({ reason });
    expect(fault(RetrainBody.safeParse({ reason: 'x'.repeat(2001) }))).toEqual(['reason']);
    expect(RetrainBody.safeParse({ reason: '' }).success).toBe(true);
  });
});
