import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Reference } from '#contracts/model-package';
import { type Flower, grownAt, train, wildFlowers } from '../imported/flowers.fixture.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const ROWS = 4000;
const CHANGE = 3000;
const steady = wildFlowers(ROWS);
const swapped = ({ flower, ...rest }: Flower): Flower => ({ ...rest, flower: flower === 'aster' ? 'bellis' : 'aster' });
/** From a day on, the other kind has the longer petals. */
const turned = steady.map((flower, i) => (i < CHANGE ? flower : swapped(flower)));

describe('what a model learns from', () => {
  it('is what came since the drop, where that foresees the newest rows better', async () => {
    const { manifest, workDir } = await train(turned, {}, { onsets: [grownAt(CHANGE + 20)] });
    const { window, training_stats: stats } = manifest;
    expect(window).toMatchObject({ name: 'since-onset', from: grownAt(CHANGE + 20) });
    expect(window?.rows).toBe(stats.n_train);
    expect(stats.n_train).toBeGreaterThan(600);
    expect(stats.n_train).toBeLessThan(780);
    expect(Object.values(stats.class_counts).reduce((sum, rows) => sum + rows, 0)).toBe(stats.n_train);
    expect(window?.candidates.map(({ name }) => name)).toEqual(['all', 'since-onset', 'half-life']);
    const [all, since] = window?.candidates ?? [];
    expect(since?.loss).toBeLessThan(all?.loss ?? 0);
    // Drift is measured against the rows that it has learnt from.
    expect(Reference.parse(JSON.parse(readFileSync(join(workDir, 'reference.json'), 'utf8'))).rows).toBe(stats.n_train);
  });

  it('is the newest part where nobody has told of a drop', async () => {
    const { window } = (await train(turned)).manifest;
    expect(window?.name).toBe('newest-quarter');
    expect(window?.reason).toMatch(/^It foresees the \d+ newest validation rows better/);
  });

  it('is all there is where nothing has changed, with or without a false alarm', async () => {
    expect((await train(steady)).manifest.window).toMatchObject({ name: 'all', from: null, candidates: [] });
    const alarmed = (await train(steady, {}, { onsets: [grownAt(CHANGE)] })).manifest;
    expect(alarmed.window).toMatchObject({ name: 'all', rows: alarmed.training_stats.n_train });
    expect(alarmed.window?.candidates.length).toBeGreaterThan(1);
  });

  it('is what the definition says', async () => {
    const all = await train(turned, { training_window: 'all' });
    expect(all.manifest.window).toMatchObject({ name: 'all', reason: 'The definition says so.' });
    const days = await train(turned, { training_window: { days: 500 / 1440 } });
    expect(days.manifest.window).toMatchObject({ name: 'days', from: grownAt(ROWS - 501) });
    const rows = (await train(turned, { training_window: { rows: 1000 } })).manifest;
    expect(rows.training_stats.n_train).toBeCloseTo(700, -2);
    expect(rows.training_stats.n_test).toBe(all.manifest.training_stats.n_test);
    // A library without weights of rows gets fewer of the older ones: ∫ 2^(−age/H) of all, H a quarter of the time.
    const half = (await train(turned, { training_window: { half_life: 1000 / 1440 } })).manifest;
    const share = half.training_stats.n_train / all.manifest.training_stats.n_train;
    expect(share).toBeCloseTo((1 - 2 ** -4) / (4 * Math.LN2), 1);
  });
});
