/**
 * A name as far as every library keeps it: LightGBM writes "_" for white space, XGBoost takes no brackets, pandas puts "_"
 * between a column and its category.
 */
export const foldedName = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '');

/**
 * The names of a model's columns as far as every library keeps them. Those that fold alike, as "x<1" and "x>1" do, are told
 * apart by their signs, of which only white space is not kept.
 */
export function foldedNames(names: readonly string[]): string[] {
  const folded = names.map(foldedName);
  return folded.map((fold, i) =>
    folded.indexOf(fold) === folded.lastIndexOf(fold) ? fold : (names[i] ?? '').replaceAll(/\s/gu, '_'),
  );
}
