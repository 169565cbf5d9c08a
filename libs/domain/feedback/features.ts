import { canonicalJson } from '../audit/canonical-json.js';
import { object } from './fields.js';
import type { Reading } from './reading.js';
import { type Fields, Rejected } from './record.js';
import type { ModelRules } from './rules.js';

/**
 * The features an event says itself: `features`, or `site` by its other name. Null for none. What the model does not
 * know, or cannot read, is told, and in a strict model refused; so is an event that names features and not one that is
 * known, which would be learnt from as a row that says nothing. Throws Rejected.
 */
export function readFeatures(
  fields: Fields,
  rules: ModelRules,
  { onFeature }: Pick<Reading, 'onFeature'>,
): Fields | null {
  const named = object(fields, 'features');
  const alias = object(fields, 'site');
  if (named !== null && alias !== null && canonicalJson(named) !== canonicalJson(alias))
    throw new Rejected(
      'contradiction',
      'site',
      '"site" is another name of "features", and says something else; send only "features"',
    );
  const features = named ?? alias;
  if (features === null || rules.known.fits(features)) return features;
  const under = named === null ? 'site' : 'features';
  const problems = rules.known.problems(features);
  for (const problem of problems) onFeature?.(rules.model, problem);
  const [first] = problems;
  if (first && rules.strict)
    throw new Rejected(
      first.problem === 'unknown' ? 'unknown-feature' : 'wrong-type',
      `${under}.${first.feature}`,
      first.detail,
    );
  if (first && rules.known.saysNothing(features))
    throw new Rejected('unknown-feature', under, `none of its names is a feature; "${first.feature}": ${first.detail}`);
  return features;
}
