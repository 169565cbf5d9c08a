import { describe, expect, it } from 'vitest';
import { Deployment } from '#contracts/http/deployments';
import type { PastTrial } from '../rollout/trials.js';
import { withTrials } from './trial-section.js';

const PAGE = '<html><body><main><h1>Evaluation</h1></main></body></html>';

const step = (percent: number, generation: number, reason: string) => ({
  percent,
  generation,
  started_at: '2026-03-02T10:00:00.000Z',
  outcomes_before: 0,
  actor: 'canary',
  reason,
});

const trial = (change: Partial<PastTrial> = {}, state: Deployment['state'] = 'done'): PastTrial => ({
  deployment: Deployment.parse({
    deployment_id: '3c1f2a54-6d0a-4a0e-8f0e-4d1d6f1f7a10',
    model: 'backlink-outcome',
    kind: 'deploy',
    state,
    cause: 'canary',
    from_version: 'v1.0.0',
    to_version: 'v1.1.0',
    generation: 9,
    trigger: 'gate',
    actor: 'gate',
    reason: 'inconclusive',
    forced: false,
    started_at: '2026-03-02T10:00:00.000Z',
    finished_at: null,
    instances: [],
    failure: null,
    steps: [step(10, 7, 'first step'), step(25, 8, 'not worse than <tolerated>')],
  }),
  demand: { measure: 'failures', wanted: 0.05, urgent: false },
  curve: [
    {
      at: '2026-03-02T10:05:00.000Z',
      tasks: 400,
      canary: { outcomes: 40, failures: 10 },
      live: { outcomes: 360, failures: 126 },
      estimate: null,
    },
    {
      at: '2026-03-02T11:05:00.000Z',
      tasks: 4000,
      canary: { outcomes: 1000, failures: 240 },
      live: { outcomes: 3000, failures: 1050 },
      estimate: { value: 0.31, low: 0.12, high: 0.48, tasksNeeded: null },
    },
  ],
  ...change,
});

describe('the report of a version that was tried', () => {
  it('is what the evaluator wrote where there was no trial', () => {
    expect(withTrials(PAGE, [])).toBe(PAGE);
  });

  it('shows both curves, the bound, what was asked for and each step', () => {
    const page = withTrials(PAGE, [trial()]);
    expect(page).toMatch(/^<html><body><main><h1>Evaluation<\/h1>\s*<h2>The trial of .*: won<\/h2>/);
    expect(page).toMatch(/<\/main><\/body><\/html>$/);
    expect(page).toContain(
      'Asked for: 5.0 % fewer failures than v1.0.0. Found: 31.0 %, for sure between 12.0 % and 48.0 %.',
    );
    expect(page).toMatch(/<path class="line challenger" d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+"\/>/);
    expect(page).toMatch(/<path class="line champion" d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+"\/>/);
    expect(page).toContain('<td>4000</td><td>24.0 %</td><td>35.0 %</td><td>0.3100</td><td>0.1200 – 0.4800</td>');
    expect(page).toContain('not worse than &lt;tolerated&gt;');
  });

  it.each([
    ['canary', 'under way'],
    ['failed', 'not won'],
    ['superseded', 'ended by another deployment'],
  ] as const)('says of a deployment that is %s that the trial is %s', (state, words) => {
    expect(withTrials(PAGE, [trial({}, state)])).toContain(`: ${words}</h2>`);
  });

  it('shows a trial of which no outcome has come yet', () => {
    const page = withTrials(PAGE, [trial({ curve: [] }, 'canary')]);
    expect(page).toContain('Found: no outcomes of both yet.');
    expect(page).not.toContain('<svg');
  });

  it('leaves a page alone that has no such end', () => {
    expect(withTrials('something else', [trial()])).toBe('something else');
  });
});
