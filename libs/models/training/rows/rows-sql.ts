import type { ModelDefinition } from '#contracts/model-definition';
import { SPLIT_SALT } from '#domain/split';
import { textSql } from '#features/coercion-sql';
import { doubleLiteral, literal } from '#features/sql';

/** Codes of the column `part`. */
export const PARTS = { train: 0, validation: 1, test: 2 } as const;

/** Twin of `splitPart`: SQL of the part's code, of a key that is VARCHAR and never null. */
export function partSql(key: string, { shares }: ModelDefinition['split']): string {
  const position = `('0x' || substr(sha256(${literal(SPLIT_SALT)} || ${key}), 1, 8))::uinteger / ${doubleLiteral(2 ** 32)}`;
  return `(case when ${position} < ${doubleLiteral(shares.train)} then ${PARTS.train}
    when ${position} < ${doubleLiteral(shares.train + shares.validation)} then ${PARTS.validation}
    else ${PARTS.test} end)::utinyint`;
}

/**
 * SQL of whether a key is in the test part; the same as `partSql`, in half the time. Positions are the first 32 bits of a
 * hash, so that one is at or above a share exactly if its hexadecimal digits are at or above those of the share.
 */
export function testPartSql(key: string, { shares }: ModelDefinition['split']): string {
  const first = Math.ceil((shares.train + shares.validation) * 2 ** 32);
  return first >= 2 ** 32
    ? 'false'
    : `sha256(${literal(SPLIT_SALT)} || ${key}) >= ${literal(first.toString(16).padStart(8, '0'))}`;
}

/**
 * SQL of the class number of a snapshot's row and of its action's number, both from 0; null where the definition does
 * not know the action or class, or there is no outcome. `field` gives the SQL of a raw field's text.
 */
export function labelSql(
  definition: ModelDefinition,
  field: (name: string) => string,
): { readonly y: string; readonly action: string } {
  const positionIn = (list: readonly string[], value: string): string =>
    `nullif(list_position([${list.map(literal).join(', ')}], ${value}), 0) - 1`;
  return definition.kind === 'action-outcome'
    ? { y: 'success::int', action: positionIn(definition.actions, 'action') }
    : {
        y: positionIn(definition.classes, `coalesce(${textSql('label')}, ${textSql(field(definition.label))})`),
        action: '0',
      };
}
