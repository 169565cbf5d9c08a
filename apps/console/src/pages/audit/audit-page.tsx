import type { AuditRecord } from '#contracts/http/audit';
import { useAudit } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Filtered } from '../../components/filtered.js';
import { Empty } from '../../components/notice.js';
import { count, plural } from '../../format/numbers.js';
import type { Facet } from '../../state/filtered.js';
import { PageHead } from '../page-head.js';
import { AuditTable } from './audit-table.js';
import { Verification } from './verification.js';

const FACETS: readonly Facet<AuditRecord>[] = [
  { name: 'action', all: 'Everything done', of: ({ action }) => action },
  { name: 'actor', all: 'By anybody', of: ({ actor }) => actor },
];

const words = ({ action, actor, reason, hash, before, after }: AuditRecord): string =>
  [action, actor, reason, hash, JSON.stringify(before), JSON.stringify(after)].join(' ');

export function AuditPage({ model }: { model: string }) {
  const query = useAudit(model);
  return (
    <>
      <PageHead
        title="Audit"
        lead={
          <p>
            Who changed what and why: of {model}, and what belongs to no model. Each record carries the hash of the one
            before, so that none can be altered.
          </p>
        }
      />
      <Verification />
      <Card title="Records" flush>
        <Answer query={query} lines={8}>
          {(records) =>
            records.length === 0 ? (
              <Empty title="Nothing was recorded yet">
                <p>Every version, deployment, rollback and token leaves a record here.</p>
              </Empty>
            ) : (
              <>
                <Filtered table="audit" what="records" rows={records} facets={FACETS} text={words}>
                  {(shown) => <AuditTable records={shown} />}
                </Filtered>
                <div className="card-foot">
                  <span className="muted small" role="status">
                    {query.hasNextPage
                      ? `The newest ${count(records.length)}`
                      : `All ${plural(records.length, 'record')}`}
                  </span>
                  {query.hasNextPage && (
                    <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                      {query.isFetchingNextPage ? 'Asking…' : 'Show older ones'}
                    </Button>
                  )}
                </div>
              </>
            )
          }
        </Answer>
      </Card>
    </>
  );
}
