import { useState } from 'react';
import type { DatasetSummary } from '#contracts/http/dataset';
import { isMissing } from '../../api/client.js';
import { useDatasetSummary } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Filtered } from '../../components/filtered.js';
import { WarningIcon } from '../../components/icons.js';
import { count, number, percent, plural } from '../../format/numbers.js';
import type { Facet } from '../../state/filtered.js';

/** A summary reads every row; of so many it does without being asked. */
const ROWS_AT_ONCE = 50_000;

/** What the rows hold of each feature, and what they have that is none; left out where the registry cannot say. */
export function Features({ model, rows }: { model: string; rows: number }) {
  const [asked, setAsked] = useState(false);
  const query = useDatasetSummary(model, asked || rows <= ROWS_AT_ONCE);
  if (isMissing(query.error) || rows === 0) return null;
  return (
    <Card title="Features" flush>
      {query.isEnabled ? (
        <Answer query={query} lines={5}>
          {(summary) => <Summary summary={summary} />}
        </Answer>
      ) : (
        <p className="card-note">
          A summary reads all {count(rows)} rows. <Button onClick={() => setAsked(true)}>Summarise</Button>
        </p>
      )}
    </Card>
  );
}

type Feature = DatasetSummary['features'][number];

const FACETS: readonly Facet<Feature>[] = [{ name: 'kind', all: 'Every kind', of: ({ kind }) => kind }];

function Summary({ summary }: { summary: DatasetSummary }) {
  const { rows, features, unknown_features: unknown = [], without_features: without = 0 } = summary;
  const wrong = features.filter(({ wrong_type }) => wrong_type);
  const columns: readonly Column<Feature>[] = [
    { key: 'feature', sort: ({ feature }) => feature, head: 'Feature', cell: ({ feature }) => <code>{feature}</code> },
    { key: 'kind', head: 'Kind', from: 2, cell: ({ kind }) => kind },
    {
      key: 'present',
      sort: ({ present }) => present,
      head: 'Present',
      number: true,
      cell: ({ present }) => (
        <span className={present === 0 ? 'tone-bad' : ''}>{percent(rows === 0 ? null : present / rows)}</span>
      ),
    },
    {
      key: 'wrong',
      sort: ({ wrong_type: found }) => found?.rows ?? 0,
      head: 'Wrong type',
      number: true,
      from: 2,
      cell: ({ wrong_type: found }) => (found ? <span className="tone-bad">{count(found.rows)}</span> : '–'),
    },
    { key: 'values', head: 'Values', wide: true, cell: values },
  ];
  return (
    <>
      {(unknown.length > 0 || without > 0 || wrong.length > 0) && (
        <ul className="card-note unknown-features">
          {unknown.map(({ feature, rows: in_, closest }) => (
            <li key={feature}>
              <WarningIcon /> <code>{feature}</code> is no feature and is not learnt from; {plural(in_, 'row')}
              {in_ === 1 ? ' has' : ' have'} it.
              {closest !== null && (
                <>
                  {' '}
                  Did you mean <code>{closest}</code>?
                </>
              )}
            </li>
          ))}
          {wrong.map(({ feature, kind, wrong_type: found }) => (
            <li key={`wrong ${feature}`}>
              <WarningIcon /> <code>{feature}</code> should be {kind}; {plural(found?.rows ?? 0, 'row')}{' '}
              {found?.rows === 1 ? 'has' : 'have'} something else, like <code>{found?.example}</code>, which counts as
              missing.
            </li>
          ))}
          {without > 0 && (
            <li>
              <WarningIcon /> {plural(without, 'row')} without any feature: they teach nothing but how frequent an
              answer is.
            </li>
          )}
        </ul>
      )}
      <Filtered table="features" what="features" rows={features} facets={FACETS} text={({ feature }) => feature}>
        {(shown) => (
          <DataTable
            caption="Features of the dataset"
            columns={columns}
            rows={shown}
            keyOf={({ feature }) => feature}
          />
        )}
      </Filtered>
    </>
  );
}

function values({ numbers, most_frequent: frequent, categories }: Feature): string {
  if (numbers) return `${number(numbers.minimum)} to ${number(numbers.maximum)}, mean ${number(numbers.mean)}`;
  const more = (categories ?? frequent.length) - frequent.length;
  const shown = frequent.map(({ value, rows }) => `${value} ${count(rows)}`).join(', ');
  return more > 0 ? `${shown}, … ${count(more)} more` : shown;
}
