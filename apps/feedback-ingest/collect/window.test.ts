import { describe, expect, it } from 'vitest';
import { fetchWindow, isInside, windowOf } from './window.js';

const NOW = Date.UTC(2026, 10, 24, 15, 30);

/** An API with so many records, one a minute back from now, that never gives more than its cap. */
function api(total: number, cap = Number.POSITIVE_INFINITY) {
  const asked: number[] = [];
  const fetchSince = async (minDate: string, limit: number) => {
    asked.push(limit);
    const from = Date.parse(minDate);
    const records = Array.from({ length: total }, (_, i) => ({
      created_at: new Date(NOW - i * 60_000).toISOString(),
    })).filter(({ created_at: at }) => Date.parse(at) >= from);
    return records.slice(0, Math.min(limit, cap));
  };
  return { asked, fetchSince };
}

describe('the window of a collection', () => {
  it('is exact, and asked for by its first day in UTC', () => {
    const window = windowOf(NOW, 7);
    expect(window.minDate).toBe('2026-11-17');
    expect(isInside(window, { created_at: '2026-11-17T15:30:00.000000Z' })).toBe(true);
    expect(isInside(window, { created_at: '2026-11-17T15:29:59.999999Z' })).toBe(false);
    expect(isInside(window, { created_at: '2026-11-17T16:29:59+01:00' })).toBe(false);
    expect(isInside(window, { created_at: 'broken' })).toBe(true);
    expect(isInside(window, {})).toBe(true);
  });

  it.each([0, 1, 999])('of %d records needs one request', async (total) => {
    const { asked, fetchSince } = api(total);
    expect(await fetchWindow(fetchSince, windowOf(NOW, 30))).toMatchObject({ gap: null });
    expect(asked).toEqual([1000]);
  });

  it.each([
    [1000, [1000, 4000, 4000]],
    [1001, [1000, 4000]],
    [4000, [1000, 4000, 16_000, 16_000]],
    [25_000, [1000, 4000, 16_000, 64_000]],
  ])('of %d records is fetched whole with a growing limit', async (total, requests) => {
    const { asked, fetchSince } = api(total + 500);
    const everything = await fetchSince('2000-01-01', 1e9);
    asked.length = 0;
    const result = await fetchWindow(
      async (minDate, limit) => {
        const reply = await fetchSince(minDate, limit);
        return minDate === '2000-01-01' ? reply : everything.slice(0, total).slice(0, limit);
      },
      windowOf(NOW, 30),
    );
    expect(result.gap).toBeNull();
    expect(result.records).toHaveLength(total);
    expect(asked).toEqual(requests);
  });

  it.each([1000, 4000])('behind a cap of %d is fetched as far as it goes, and the gap is told', async (cap) => {
    const { fetchSince } = api(25_000, cap);
    const { records, gap } = await fetchWindow(fetchSince, windowOf(NOW, 10));
    expect(records).toHaveLength(cap);
    expect(gap).toContain('from 2026-11-14T15:30:00.000Z');
    expect(gap).toContain(`to ${new Date(NOW - (cap - 1) * 60_000).toISOString()}`);
    expect(gap).toContain(`at most ${cap} records`);
  });

  it('keeps what it has when a larger reply fails', async () => {
    const { fetchSince } = api(5000);
    const { records, gap } = await fetchWindow(
      async (minDate, limit) => {
        if (limit > 1000) throw new Error('504 Gateway Timeout');
        return fetchSince(minDate, limit);
      },
      windowOf(NOW, 30),
    );
    expect(records).toHaveLength(1000);
    expect(gap).toContain('504 Gateway Timeout');
  });

  it('fails when the first reply fails', async () => {
    const refuse = async () => {
      throw new Error('refused the token');
    };
    await expect(fetchWindow(refuse, windowOf(NOW, 1))).rejects.toThrow('refused the token');
  });
});
