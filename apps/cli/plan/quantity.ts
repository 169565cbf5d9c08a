import { z } from 'zod';

const SECONDS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;
const MANY = { '': 1, k: 1e3, M: 1e6 } as const;
const DAYS = { h: 1 / 24, d: 1, w: 7, y: 365 } as const;

const RATE = /^(\d+(?:\.\d+)?)(k|M|)\/(s|min|h|d)$/;
const SPAN = /^(\d+(?:\.\d+)?)(h|d|w|y)$/;

/** Numbers a second from a text like 5000/s, 300/min, 20k/h or 1.5M/d; null if it is none. */
export function readRate(text: string): number | null {
  const [, digits, many, unit] = RATE.exec(text) ?? [];
  if (digits === undefined) return null;
  const seconds = unit === 's' || unit === 'min' || unit === 'h' || unit === 'd' ? SECONDS[unit] : Number.NaN;
  return (Number(digits) * MANY[many === 'k' || many === 'M' ? many : '']) / seconds;
}

/** Days from a text like 365d, 12h, 4w or 2y; null if it is none. */
export function readDays(text: string): number | null {
  const [, digits, unit] = SPAN.exec(text) ?? [];
  return unit === 'h' || unit === 'd' || unit === 'w' || unit === 'y' ? Number(digits) * DAYS[unit] : null;
}

const readBy = (read: (text: string) => number | null, expected: string, least: number) =>
  z.string(`expected ${expected}`).transform((text, context) => {
    const value = read(text);
    if (value !== null && value >= least) return value;
    const missing = value === null ? '' : value === 0 ? ', above 0' : `, at least ${least}`;
    context.addIssue({ code: 'custom', message: `"${text}" was given, expected ${expected}${missing}` });
    return z.NEVER;
  });

const A_RATE = 'a rate like 5000/s, 300/min, 20k/h or 1.5M/d';
const A_SPAN = 'a time like 365d, 12h, 4w or 2y';

export const Rate = readBy(readRate, A_RATE, Number.MIN_VALUE);
/** Nothing at all is a rate as well. */
export const RateOrNone = readBy((text) => (text === '0' ? 0 : readRate(text)), `${A_RATE}, or 0`, 0);
export const Days = readBy(readDays, A_SPAN, Number.MIN_VALUE);

/** A number of things from a text like 500000, 500k or 10M; null if it is none. */
export function readMany(text: string): number | null {
  const [, digits, many] = /^(\d+(?:\.\d+)?)(k|M|)$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits) * MANY[many === 'k' || many === 'M' ? many : ''];
}

export const Many = readBy(readMany, 'a number like 500000, 500k or 10M', 1);
