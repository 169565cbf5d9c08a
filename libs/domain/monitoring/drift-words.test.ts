import { expect, it } from 'vitest';
import { inWords } from './drift-words.js';

it.each([
  [{ psi: 0.314, missing_rate_change: 0.01, unseen_rate_change: 0.01 }, 'da (PSI 0.31)'],
  [{ psi: 0, missing_rate_change: 0.254, unseen_rate_change: 0 }, 'da (missing 25.4 points more often)'],
  [{ psi: 0.004, missing_rate_change: -0.12 }, 'da (missing 12.0 points less often)'],
  [{ psi: 0.001, missing_rate_change: 0, unseen_rate_change: 0.061 }, 'da (values never seen 6.1 points more often)'],
  [
    { psi: 0.5, missing_rate_change: 0.2, unseen_rate_change: 0.3 },
    'da (PSI 0.50, missing 20.0 points more often, values never seen 30.0 points more often)',
  ],
  [{ psi: 0.1, missing_rate_change: 0, unseen_rate_change: 0 }, 'da (PSI 0.10)'],
])('says by what %j has drifted', (drift, told) => {
  expect(inWords({ feature: 'da', ...drift })).toBe(told);
});
