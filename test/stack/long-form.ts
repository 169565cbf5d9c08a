/**
 * `npm run test:long` runs the tests that prove scale at full length; in `npm test` they prove the same of less. What they
 * assert does not differ.
 */
export const LONG = process.env.LONG === '1';

export function longForm(long: number, short: number): number {
  return LONG ? long : short;
}
