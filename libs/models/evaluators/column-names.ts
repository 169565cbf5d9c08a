/**
 * A name as far as every library keeps it: LightGBM writes "_" for white space, XGBoost takes no brackets, pandas puts "_"
 * between a column and its category.
 */
export const foldedName = (name: string): string => name.replaceAll(/[^\p{L}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '');
