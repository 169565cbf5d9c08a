import { literal } from './sql.js';

/**
 * SQL twins of coercion.ts. Each takes an SQL expression of type VARCHAR and gives one. A test
 * compares the two on random values; change both or neither.
 */

const WHITE_SPACE = `E' \\t\\n\\r\\f' || chr(11)`;
const NUMBER = literal('[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?');
/** The smallest magnitude that float32 rounds to infinity. */
const FLOAT32_LIMIT = `'3.4028235677973366e38'::double`;
const TRUE = `('true', 't', 'yes', 'y', 'on', '1')`;
const FALSE = `('false', 'f', 'no', 'n', 'off', '0')`;

/** Empty, or with white space at an end. */
const UNTRIMMED = literal('^$|^[\\s\\v]|[\\s\\v]$');

/** `readText`: VARCHAR or null. Trimming takes four times as long as finding out that there is nothing to trim. */
export const textSql = (value: string): string =>
  `case when regexp_matches(${value}, ${UNTRIMMED}) then nullif(trim(${value}, ${WHITE_SPACE}), '') else ${value} end`;

/** `readCategory`. */
export const categorySql = textSql;

/**
 * `readNumber` of a trimmed text: FLOAT or null. What DuckDB reads as a number is one, but for underscores between digits;
 * the pattern, five times as slow, is for the rest, such as a plus sign.
 */
export const numberSql = (text: string): string => `
  case when abs(try_cast(${text} as double)) < ${FLOAT32_LIMIT} and not contains(${text}, '_')
         then try_cast(${text} as double)::float + 0::float
       when regexp_full_match(${text}, ${NUMBER}) then
         case when abs(try_cast(${text} as double)) < ${FLOAT32_LIMIT} then try_cast(${text} as double)::float + 0::float end
       when ${text} = 'true' then 1::float
       when ${text} = 'false' then 0::float end`;

/** `readBoolean` of a trimmed text: FLOAT 0 or 1, or null. */
export const booleanSql = (text: string): string => `
  case when lower(${text}) in ${TRUE} then 1::float
       when lower(${text}) in ${FALSE} then 0::float
       when regexp_full_match(${text}, ${NUMBER}) then
         case try_cast(${text} as double) when 1 then 1::float when 0 then 0::float end end`;

/** RFC 6901 pointer to a member of an object. */
const pointer = (field: string): string => `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** `readNumber` of a DOUBLE. */
export const finiteSql = (value: string): string =>
  `case when abs(${value}) < ${FLOAT32_LIMIT} then ${value}::float + 0::float end`;

/** Arrays and objects, and numbers that JavaScript writes differently (1.0, 1e5, 0.0000001). */
const NESTED_OR_UNUSUAL_NUMBER =
  '[\\[{]|:\\s?-?([0-9]+(\\.[0-9]*0\\s*[,}]|\\.?[0-9]*[eE]|\\.?[0-9]{16}|\\.[0-9]{15})|0\\.0{6})';

/**
 * A member of a JSON object as the text that `readText` would give for its value (not yet trimmed), for several members
 * at once: SQL of a VARCHAR list. Rows with nested values or unusual numbers are rare and take the slower, exact way.
 */
export function membersSql(json: string, fields: readonly string[]): string {
  const paths = fields.map((field) => literal(pointer(field)));
  const exact = paths.map(
    (path) => `case json_type(${json}, ${path})
        when 'OBJECT' then null when 'ARRAY' then null
        when 'DOUBLE' then number_text(json_extract_string(${json}, ${path}))
        when 'BIGINT' then number_text(json_extract_string(${json}, ${path}))
        when 'UBIGINT' then number_text(json_extract_string(${json}, ${path}))
        when 'HUGEINT' then number_text(json_extract_string(${json}, ${path}))
        else json_extract_string(${json}, ${path}) end`,
  );
  return `case when regexp_matches(substr(${json}, 2), ${literal(NESTED_OR_UNUSUAL_NUMBER)})
    then [${exact.join(', ')}] else json_extract_string(${json}, [${paths.join(', ')}]) end`;
}

/** As what a field's JSON values are expected: a number, true or false, or anything that is then read as text. */
export type Expected = 'number' | 'boolean' | 'text';

const TYPES: Record<Expected, string> = { number: 'DOUBLE', boolean: 'BOOLEAN', text: 'VARCHAR' };

/** A backslash; a text that is empty or has white space at an end. */
const TEXT_TO_TRIM = '\\\\|:\\s?"[\\s"]|\\s"\\s*[,}]';

/**
 * Members of a JSON object that holds what is expected, read in one go: SQL of a STRUCT with a member per field, DOUBLE,
 * BOOLEAN or trimmed VARCHAR; null for an object that holds anything else, which `membersSql` reads. Null (no SQL) for
 * names that a STRUCT cannot tell apart or that JSON escapes.
 */
export function expectedMembersSql(json: string, fields: ReadonlyMap<string, Expected>): string | null {
  const names = [...fields.keys()];
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length) return null;
  if (names.some((name) => JSON.stringify(name) !== `"${name}"`)) return null;
  const among = (expected: Expected): string | null => {
    const found = names.filter((name) => fields.get(name) === expected).map(escapePattern);
    return found.length === 0 ? null : `"(${found.join('|')})":\\s?`;
  };
  const [numbers, booleans] = [among('number'), among('boolean')];
  const unexpected = [
    NESTED_OR_UNUSUAL_NUMBER,
    TEXT_TO_TRIM,
    ...(numbers === null ? [] : [`${numbers}["tf]`]),
    ...(booleans === null ? [] : [`${booleans}["0-9-]`]),
  ];
  const types = Object.fromEntries([...fields].map(([name, expected]) => [name, TYPES[expected]]));
  return `case when not regexp_matches(substr(${json}, 2), ${literal(unexpected.join('|'))})
    then from_json(${json}, ${literal(JSON.stringify(types))}) end`;
}

const escapePattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
