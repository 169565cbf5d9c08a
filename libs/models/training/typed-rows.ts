import type { ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource } from '#contracts/model-package';
import { sourceOf, splitSourceOf, type ValueKind, valueKindOf } from '#domain/encoding/sources';
import { booleanSql, membersSql, numberSql, textSql } from './coercion-sql.js';
import { literal, type TrainingDatabase, urlFunction } from './duckdb.js';
import { labelSql, PARTS, partSql } from './rows-sql.js';

/** A feature in the table `typed_rows`: its column and how it is to be read. */
export interface TypedFeature {
  readonly name: string;
  /** Column of typed_rows: FLOAT for numbers and booleans, VARCHAR for categories; null is missing. */
  readonly column: string;
  readonly kind: ValueKind;
}

/** What `typed_rows` holds, and what was left out of it. */
export interface TypedRows {
  readonly features: readonly TypedFeature[];
  readonly rows: Readonly<Record<'train' | 'validation' | 'test', number>>;
  /** Rows whose action or label the definition does not know, or that have none. */
  readonly leftOut: number;
}

/** Fields of the raw JSON that a definition reads, each once. */
class Fields {
  private readonly positions = new Map<string, number>();

  /** SQL of a field's text, taken from the list `members`. */
  sql(field: string): string {
    const position = this.positions.get(field) ?? this.positions.size + 1;
    this.positions.set(field, position);
    return `members[${position}]`;
  }

  get names(): string[] {
    return [...this.positions.keys()];
  }
}

const typedSql: Record<ValueKind, (text: string) => string> = {
  number: numberSql,
  boolean: booleanSql,
  category: (text) => text,
};

/**
 * Reads a snapshot into the table `typed_rows` of the database: part (0 train, 1 validation, 2 test), y (class number),
 * action (number from 0), and one column per feature; in the order of the task ids. URLs are parsed once each, by the
 * function that serving uses.
 */
export async function readTypedRows(
  database: TrainingDatabase,
  parquet: string,
  definition: ModelDefinition,
): Promise<TypedRows> {
  const fields = new Fields();
  // Texts of all sources, trimmed: t0, t1, …
  const texts: string[] = [];
  const urlParts: { url: string; source: FeatureSource & { from: 'url' } }[] = [];
  const textOf = (source: FeatureSource): string => {
    const text = textSql(fields.sql(source.field));
    if (source.from === 'url') {
      const url = `u${fields.names.indexOf(source.field)}`;
      urlParts.push({ url, source });
      texts.push(`${url}.${urlFunction(source.derive)}`);
    } else texts.push(text);
    return `t${texts.length - 1}`;
  };

  const features = definition.features.map((feature, i): TypedFeature & { sql: string } => {
    const kind = valueKindOf(feature);
    return { name: feature.name, column: `f${i}`, kind, sql: typedSql[kind](textOf(sourceOf(feature))) };
  });
  const splitSource = splitSourceOf(definition);
  const splitKey = splitSource === null ? 'task_id' : `coalesce(${textOf(splitSource)}, task_id)`;
  const { y, action } = labelSql(definition, (name) => fields.sql(name));

  // Straight from the file into the typed table: a table of texts in between would be the largest of all.
  const rawRows = (): string => `(
    select n, task_id, y, action, members from (
      select n, task_id, ${y} as y, ${action} as action, members from (
        select file_row_number as n, task_id, action, success, label, ${membersSql('features', fields.names)} as members
        from read_parquet(${literal(parquet)}, file_row_number = true)))
    where y is not null and action is not null) raw_rows`;

  const joins = await parseUrls(database, urlParts, fields, rawRows());
  await database.run(`
    create temp table typed_rows as
    select n, task_id, y::usmallint as y, action::usmallint as action, ${partSql('split_key', definition.split)} as part,
      ${features.map(({ column, sql }) => `${sql} as ${column}`).join(', ')}
    from (
      select n, task_id, y, action, ${texts.map((text, i) => `${text} as t${i}`).join(', ')}, ${splitKey} as split_key
      from ${rawRows()} ${joins})
    ${joins === '' ? '' : 'order by n'}`);
  if (joins !== '') await database.run('drop table urls');

  const [total] = await database.row(`select count(*) from read_parquet(${literal(parquet)})`);
  const counts = new Map(
    (await database.rows('select part, count(*) from typed_rows group by part')).map(([part, n]) => [part, Number(n)]),
  );
  const rows = {
    train: counts.get(PARTS.train) ?? 0,
    validation: counts.get(PARTS.validation) ?? 0,
    test: counts.get(PARTS.test) ?? 0,
  };
  return {
    features: features.map(({ name, column, kind }) => ({ name, column, kind })),
    rows,
    leftOut: Number(total) - rows.train - rows.validation - rows.test,
  };
}

/**
 * Fills the table `urls` with the needed parts of every distinct URL; gives the joins that add them to the raw rows.
 *
 * @param rawRows SQL of a table with the column `members`
 */
async function parseUrls(
  database: TrainingDatabase,
  wanted: readonly { url: string; source: FeatureSource & { from: 'url' } }[],
  fields: Fields,
  rawRows: string,
): Promise<string> {
  if (wanted.length === 0) return '';
  const parts = [...new Set(wanted.map(({ source }) => source.derive))];
  const urlFields = new Map(wanted.map(({ url, source }) => [url, fields.sql(source.field)]));
  const distinct = [...urlFields.values()].map((sql) => `select ${textSql(sql)} as url from ${rawRows}`);
  await database.run(`
    create temp table urls as
    select url, ${parts.map((part) => `${urlFunction(part)}(url) as ${urlFunction(part)}`).join(', ')}
    from (select distinct url from (${distinct.join(' union all ')}) where url is not null)`);
  return [...urlFields].map(([alias, sql]) => `left join urls ${alias} on ${alias}.url = ${textSql(sql)}`).join(' ');
}
