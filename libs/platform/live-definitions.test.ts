import { describe, expect, it } from 'vitest';
import type { ModelDefined } from '#contracts/events/definition';
import { ModelDefinition } from '#contracts/model-definition';
import { LiveDefinitions } from './live-definitions.js';

const definition = (description: string): ModelDefinition =>
  ModelDefinition.parse({
    name: 'churn',
    description,
    kind: 'multi-class',
    label: 'churned',
    classes: ['yes', 'no'],
    features: [{ name: 'months', kind: 'numeric' }],
  });
const defined = (revision: number, description: string): ModelDefined => ({
  model: 'churn',
  revision,
  definition: definition(description),
  source: 'operator',
  actor: 'somebody',
  reason: 'why not',
  defined_at: '2026-01-04T09:12:31.118Z',
});

describe('live definitions', () => {
  it('are the files until something is published, and then the highest revision', () => {
    const live = new LiveDefinitions(new Map([['churn', definition('file')]]));
    const heard: string[] = [];
    live.onChange(({ description }) => heard.push(description));
    expect([live.get('churn')?.description, live.revisionOf('churn')]).toEqual(['file', 0]);
    for (const [revision, description] of [
      [2, 'second'],
      [1, 'first'],
      [2, 'again'],
      [3, 'third'],
    ] as const)
      live.take(defined(revision, description));
    expect([live.get('churn')?.description, live.revisionOf('churn')]).toEqual(['third', 3]);
    expect(heard).toEqual(['second', 'third']);
  });

  it('can be waited for', async () => {
    const live = new LiveDefinitions();
    const there = live.until(() => live.has('churn'), 10_000);
    live.take(defined(1, 'first'));
    expect(await there).toBe(true);
    expect(await live.until(() => live.has('churn'), 0)).toBe(true);
    expect(await live.until(() => live.has('other'), 1)).toBe(false);
  });
});
