import { ratchet } from '#contracts/command-line';
import { useVerifyAudit } from '../../api/commands.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { CheckIcon, WarningIcon } from '../../components/icons.js';
import { Trouble } from '../../components/notice.js';
import { count } from '../../format/numbers.js';

/** Recomputes the chain on request, and says in words what came of it. */
export function Verification() {
  const verify = useVerifyAudit();
  return (
    <Card
      title="Hash chain"
      aside={
        <Button small disabled={verify.isPending} onClick={() => verify.mutate()}>
          {verify.isPending ? 'Verifying…' : 'Verify now'}
        </Button>
      }
    >
      <div role="status">
        {verify.data === undefined && verify.error === null && (
          <p className="muted">
            Verifying recomputes every hash from the first record on.{' '}
            <code>npx {ratchet('audit', null, '--verify')}</code> does the same.
          </p>
        )}
        {verify.data?.intact === true && (
          <p className="verdict tone-good">
            <CheckIcon /> Intact: all {count(verify.data.records)} records follow from each other.
          </p>
        )}
        {verify.data?.intact === false && (
          <p className="verdict tone-bad">
            <WarningIcon /> Broken at record {verify.data.broken_at ?? '?'}: {verify.data.detail}
          </p>
        )}
      </div>
      {verify.error !== null && <Trouble error={verify.error} />}
    </Card>
  );
}
