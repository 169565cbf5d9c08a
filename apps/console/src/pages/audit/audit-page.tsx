import { useState } from 'react';
import { useAudit } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { PageHead } from '../page-head.js';
import { AuditTable } from './audit-table.js';
import { Verification } from './verification.js';

const FIRST = 50;
/** What the registry gives at most. */
const MOST = 1000;

export function AuditPage({ model }: { model: string }) {
  const [limit, setLimit] = useState(FIRST);
  const query = useAudit(model, limit);
  return (
    <>
      <PageHead
        title="Audit"
        lead={
          <p>Who changed what and why. Each record carries the hash of the one before, so that none can be altered.</p>
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
                <AuditTable records={records} />
                {records.length === limit && limit < MOST && (
                  <div className="card-foot">
                    <Button small onClick={() => setLimit(Math.min(MOST, limit * 4))}>
                      Show older ones
                    </Button>
                  </div>
                )}
              </>
            )
          }
        </Answer>
      </Card>
    </>
  );
}
