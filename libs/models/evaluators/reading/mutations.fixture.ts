import type { ImportFormat } from '#contracts/model-package';
import type { VersionCase } from './version-cases.js';

/** A model file with something changed, and what. */
export interface Mutation {
  readonly what: string;
  readonly bytes: Buffer;
}

/** UBJSON and the constants that JSON has not cannot be taken apart here; what they say stands in the other files as well. */
export const isChangeable = ({ rows, format, content = '' }: VersionCase): boolean =>
  rows !== undefined &&
  format !== 'xgboost-ubj' &&
  !(format === 'xgboost-json' && /NaN|Infinity/.test(Buffer.from(content, 'base64').toString('latin1')));

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (value: Json): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Removes, renames, adds, doubles or moves fields of a model file, or trees. Seeded by `random`.
 *
 * @param values also change numbers and their places, after which a file may rightly answer something else
 */
export function mutate(format: ImportFormat, bytes: Buffer, random: () => number, values = false): Mutation {
  return format === 'lightgbm-text' ? mutateText(bytes, random, values) : mutateJson(bytes, random, values);
}

const pick = <T>(items: readonly T[], random: () => number): T | undefined =>
  items[Math.floor(random() * items.length)];

/** Names that mean something in another place of a model, and ones that mean nothing. */
const NAMES = [
  'weight_drop',
  'tree_scale',
  'base_score',
  'num_class',
  'leaf_weights',
  'cats',
  'best_iteration',
  'Trees',
  'x',
];

/** Numbers as they are written: to XGBoost 0 and 0E0 are two things. */
const withQuotedNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d[-+.\deE]*/g, (found) => (found.startsWith('"') ? found : `"#${found}"`));
const withBareNumbers = (text: string): string => text.replace(/"#([^"]*)"/g, '$1');

function mutateJson(bytes: Buffer, random: () => number, values: boolean): Mutation {
  const model: Json = JSON.parse(withQuotedNumbers(bytes.toString('utf8')));
  const objects: { [name: string]: Json }[] = [];
  const lists: { name: string; items: Json[] }[] = [];
  const visit = (value: Json, name: string): void => {
    if (Array.isArray(value)) {
      lists.push({ name, items: value });
      if (value.some(isObject)) for (const item of value) visit(item, name);
    } else if (isObject(value)) {
      objects.push(value);
      for (const [key, inner] of Object.entries(value)) visit(inner, key);
    }
  };
  visit(model, 'model');
  const written = (what: string): Mutation => ({ what, bytes: Buffer.from(withBareNumbers(JSON.stringify(model))) });
  const trees = lists.find(({ name }) => name === 'trees');
  if (values && random() < 0.5) return written(changeValues(objects, lists, random));
  if (trees !== undefined && random() < 0.15) return written(`trees: ${moveItems(trees.items, random)}`);

  const target = pick(objects, random) ?? {};
  const names = Object.keys(target);
  const name = pick(names, random);
  const entries = Object.entries(target);
  const replaceBy = (fields: [string, Json][]): void => {
    for (const key of names) delete target[key];
    for (const [key, value] of fields) target[key] = value;
  };
  const kind = Math.floor(random() * 4);
  if (kind === 0 || name === undefined) {
    const added = pick([...NAMES, ...objects.flatMap((one) => Object.keys(one)).slice(0, 60)], random) ?? 'x';
    if (names.includes(added)) return written(`nothing: ${added} is there`);
    target[added] = pick<Json>([1, '2', [0.5, 2, 1], { name: 'x' }, null, []], random) ?? null;
    return written(`add ${added} = ${JSON.stringify(target[added])} beside ${names.slice(0, 4).join(', ')}`);
  }
  if (kind === 1) {
    delete target[name];
    return written(`remove ${name}`);
  }
  if (kind === 2) {
    const other = pick([`${name}s`, `${name}_`, name.toUpperCase(), pick(NAMES, random) ?? 'x', name.slice(1)], random);
    replaceBy(entries.map(([key, value]) => [key === name ? (other ?? 'x') : key, value]));
    return written(`rename ${name} to ${other}`);
  }
  replaceBy(entries.sort(() => random() - 0.5));
  return written(`reorder ${names.slice(0, 4).join(', ')}`);
}

function changeValues(
  objects: readonly { [name: string]: Json }[],
  lists: readonly { name: string; items: Json[] }[],
  random: () => number,
): string {
  const list = pick(
    lists.filter(({ items }) => items.length > 0),
    random,
  );
  if (list === undefined || random() < 0.3) {
    const target = pick(objects, random) ?? {};
    const name = pick(Object.keys(target), random) ?? '';
    const to = pick<Json>([0, 1, -1, 2, '3', '1000000000', 0.25, '', 'x', true, null], random) ?? null;
    target[name] = to;
    return `set ${name} to ${JSON.stringify(to)}`;
  }
  if (random() < 0.6) return `${list.name}: ${moveItems(list.items, random)}`;
  const at = Math.floor(random() * list.items.length);
  const to = pick<Json>([0, 1, -1, 2, 3, 7, 1e9, 0.5, -0.5, 2147483647], random) ?? 0;
  list.items[at] = to;
  return `${list.name}[${at}] = ${JSON.stringify(to)}`;
}

function moveItems<T>(items: T[], random: () => number): string {
  const a = Math.floor(random() * items.length);
  const b = Math.floor(random() * items.length);
  const kind = Math.floor(random() * 3);
  if (kind === 0) {
    items.splice(a, 1);
    return `without ${a}`;
  }
  const [first, second] = [items[a], items[b]];
  if (first === undefined || second === undefined) return 'nothing';
  if (kind === 1) {
    items[a] = second;
    items[b] = first;
    return `${a} and ${b} change places`;
  }
  items.splice(b, 0, first);
  return `${a} again at ${b}`;
}

const KEYS = [
  'is_linear=1',
  'leaf_coeff=1 2',
  'num_cat=1',
  'shrinkage=0.5',
  'scale=2',
  'num_leaves=3',
  'weights=1',
  'end',
];

function mutateText(bytes: Buffer, random: () => number, values: boolean): Mutation {
  const [head = '', ...rest] = bytes.toString('latin1').split('\nend of trees');
  const tail = `\nend of trees${rest.join('\nend of trees')}`;
  const sections = head.split(/\n(?=Tree=)/);
  let what: string;
  const ofTrees = random() < 0.15;
  if (ofTrees) {
    const trees = sections.slice(1);
    what = `trees: ${moveItems(trees, random)}`;
    sections.splice(1, sections.length, ...trees);
  } else {
    const at = Math.floor(random() * sections.length);
    const lines = (sections[at] ?? '').split('\n');
    what = `section ${at}: ${values && random() < 0.5 ? changeNumbers(lines, random) : changeLines(lines, random)}`;
    sections[at] = lines.join('\n');
  }
  // As somebody would who edits a file with care, without, or not at all.
  // A tree less with the sizes made right is another model, to the library as well.
  const sizes = ofTrees && !values ? 2 : Math.floor(random() * 3);
  const header = sections[0] ?? '';
  if (sizes === 0) sections[0] = header.replace(/\ntree_sizes=.*/, '');
  if (sizes === 1) {
    const lengths = sections.slice(1).map((section) => section.length + 1);
    sections[0] = header.replace(/\ntree_sizes=.*/, `\ntree_sizes=${lengths.join(' ')}`);
  }
  return {
    what: `${what} (sizes ${['removed', 'right', 'left'][sizes]})`,
    bytes: Buffer.from(sections.join('\n') + tail, 'latin1'),
  };
}

function changeLines(lines: string[], random: () => number): string {
  const at = Math.floor(random() * lines.length);
  const line = lines[at] ?? '';
  switch (Math.floor(random() * 5)) {
    case 0:
      lines.splice(at, 1);
      return `without "${line.slice(0, 30)}"`;
    case 1:
      lines[at] = line.includes('=') ? line.replace('=', pick(['s=', '_=', ' =', ''], random) ?? 's=') : `${line}s`;
      return `"${lines[at]?.slice(0, 30)}"`;
    case 2: {
      const added = pick(KEYS, random) ?? '';
      lines.splice(at, 0, added);
      return `with "${added}"`;
    }
    case 3:
      lines.splice(at, 0, line);
      return `"${line.slice(0, 30)}" twice`;
    default:
      return moveItems(lines, random);
  }
}

function changeNumbers(lines: string[], random: () => number): string {
  const at = Math.floor(random() * lines.length);
  const [key = '', value] = (lines[at] ?? '').split('=', 2);
  if (value === undefined) return 'nothing';
  const words = value.split(' ');
  const place = Math.floor(random() * words.length);
  if (random() < 0.5) moveItems(words, random);
  else words[place] = pick(['0', '1', '-1', '-2', '2', '9', '1000000000', '0.5', 'nan', 'inf', ''], random) ?? '0';
  lines[at] = `${key}=${words.join(' ')}`;
  return `"${lines[at]?.slice(0, 60)}"`;
}
