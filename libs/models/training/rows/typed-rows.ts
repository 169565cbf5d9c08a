import type { ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource } from '#contracts/model-package';
import { splitSourceOf } from '#domain/encoding/sources';
import { type Expected, expectedMembersSql, membersSql, textSql } from '#features/coercion-sql';
import { useFeature } from '#features/kinds';
import type { Reading } from '#features/reading';
import { identifier, literal } from '#features/sql';
import { type TrainingDatabase, urlFunction } from './duckdb.js';
import { labelSql, PARTS, partSql } from './rows-sql.js';

/** A feature in the table `typed_rows`: its column and how it is read. */
export interface TypedFeature {
  readonly name: string;
  /** Column of typed_rows: FLOAT for numbers and booleans, VARCHAR for categories; null is missing. */
  readonly column: string;
  readonly reading: Reading;
}

/** What `typed_rows` holds, and what was left out of it. */
export interface TypedRows {
  readonly features: readonly TypedFeature[];
  readonly rows: Readonly<Record<'train' | 'validation' | 'test', number>>;
  /** Rows whose action or label the definition does not know, or that have none. */
  readonly leftOut: number;
}

/** Fields of the raw JSON that a definition reads, each once, and what their values are expected to be. */
class Fields {
  private readonly expected = new Map<string, Expected>();
  private readonly names: readonly string[];
  private readonly plainRow: string | null;

  constructor(definition: ModelDefinition) {
    for (const feature of definition.features) {
      const { source, reading } = useFeature(feature);
      this.expect(source.field, source.from === 'url' ? 'text' : reading.expected);
    }
    const splitSource = splitSourceOf(definition);
    if (splitSource) this.expect(splitSource.field, 'text');
    if (definition.kind === 'multi-class') this.expect(definition.label, 'text');
    this.names = [...this.expected.keys()];
    this.plainRow = expectedMembersSql('features', this.expected);
  }

  /** A field that is read in two ways is read as text. */
  private expect(field: string, as: Expected): void {
    this.expected.set(field, (this.expected.get(field) ?? as) === as ? as : 'text');
  }

  /** SQL of the column `plain`: the fields of a row that holds what is expected, else null. */
  get plainColumn(): string {
    return this.plainRow ?? 'null';
  }

  /** SQL of the column `members`: the texts of all fields of a row that is not plain. */
  get exactColumn(): string {
    const members = membersSql('features', this.names);
    return this.plainRow === null ? members : `case when plain is null then ${members} end`;
  }

  position(field: string): number {
    return this.names.indexOf(field);
  }

  /** SQL of a field's trimmed text, by the columns `plain` and `members`. */
  text(field: string): string {
    const exact = textSql(`members[${this.position(field) + 1}]`);
    return this.plainRow !== null && this.expected.get(field) === 'text'
      ? `case when plain is null then ${exact} else ${this.member(field)} end`
      : exact;
  }

  /** SQL of what is read of rows whose `plain` holds the field as what it is expected to be; null where none does. */
  expectedSql(field: string, { expected, expectedSql }: Reading): string | null {
    if (this.plainRow === null || expectedSql === null || this.expected.get(field) !== expected) return null;
    return expectedSql(this.member(field));
  }

  private member(field: string): string {
    return `plain.${identifier(field)}`;
  }
}

/**
 * Reads a snapshot into the table `typed_rows` of the database: part (0 train, 1 validation, 2 test), seen_at (milliseconds
 * since 1970), y (class number), action (number from 0), and one column per feature; in the order of the task ids. URLs are parsed once each, by the
 * function that serving uses. With `withKeys` there is also split_key, whose hash decides the part.
 */
export async function readTypedRows(
  database: TrainingDatabase,
  parquet: string,
  definition: ModelDefinition,
  { withKeys = false }: { withKeys?: boolean } = {},
): Promise<TypedRows> {
  const fields = new Fields(definition);
  // Texts of all sources, trimmed: t0, t1, …
  const texts: string[] = [];
  const urlParts: UrlSource[] = [];
  const textOf = (source: FeatureSource): string => {
    if (source.from === 'url') {
      urlParts.push(source);
      texts.push(`${urlAlias(source.field, fields)}.${urlFunction(source.derive)}`);
    } else texts.push(fields.text(source.field));
    return `t${texts.length - 1}`;
  };

  const features = definition.features.map((feature, i): TypedFeature & { sql: string } => {
    const { source, reading } = useFeature(feature);
    const plain = source.from === 'field' ? fields.expectedSql(source.field, reading) : null;
    const exact = reading.sql(textOf(source));
    const sql = plain === null ? exact : `case when plain is null then ${exact} else ${plain} end`;
    return { name: feature.name, column: `f${i}`, reading, sql };
  });
  const splitSource = splitSourceOf(definition);
  const splitKey = splitSource === null ? 'task_id' : `coalesce(${textOf(splitSource)}, task_id)`;
  const { y, action } = labelSql(definition, (name) => fields.text(name));

  // Straight from the file into the typed table: a table of texts in between would be the largest of all.
  const rawRows = `(
    select * from (
      select n, task_id, seen_at, plain, members, ${y} as y, ${action} as action from (
        select *, ${fields.exactColumn} as members from (
          select file_row_number as n, task_id, epoch_ms(occurred_at)::double as seen_at, action, success, label, features,
            ${fields.plainColumn} as plain
          from read_parquet(${literal(parquet)}, file_row_number = true))))
    where y is not null and action is not null) raw_rows`;

  const joins = await parseUrls(database, urlParts, fields, rawRows);
  await database.run(`
    create table typed_rows as
    select n, task_id, seen_at, y::usmallint as y, action::usmallint as action, ${partSql('split_key', definition.split)} as part,
      ${withKeys ? 'split_key, ' : ''}${features.map(({ column, sql }) => `${sql} as ${column}`).join(', ')}
    from (
      select n, task_id, seen_at, y, action, plain, ${texts.map((text, i) => `${text} as t${i}`).join(', ')}, ${splitKey} as split_key
      from ${rawRows} ${joins})
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
    features: features.map(({ name, column, reading }) => ({ name, column, reading })),
    rows,
    leftOut: Number(total) - rows.train - rows.validation - rows.test,
  };
}

type UrlSource = FeatureSource & { from: 'url' };

const urlAlias = (field: string, fields: Fields): string => `url_of_${fields.position(field)}`;

/** Fills the table `urls` with the needed parts of every distinct URL; gives the joins that add them to the raw rows. */
async function parseUrls(
  database: TrainingDatabase,
  wanted: readonly UrlSource[],
  fields: Fields,
  rawRows: string,
): Promise<string> {
  if (wanted.length === 0) return '';
  const parts = [...new Set(wanted.map(({ derive }) => derive))];
  const urlFields = [...new Set(wanted.map(({ field }) => field))];
  const distinct = urlFields.map((field) => `select ${fields.text(field)} as url from ${rawRows}`);
  await database.run(`
    create table urls as
    select url, ${parts.map((part) => `${urlFunction(part)}(url) as ${urlFunction(part)}`).join(', ')}
    from (select distinct url from (${distinct.join(' union all ')}) where url is not null)`);
  const joins = urlFields.map((field) => {
    const alias = urlAlias(field, fields);
    return `left join urls ${alias} on ${alias}.url = ${fields.text(field)}`;
  });
  return joins.join(' ');
}
