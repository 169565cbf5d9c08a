import { useState } from 'react';
import type { ModelStatus } from '#contracts/http/models';
import { ApproveDialog } from '../../actions/approve-dialog.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { When } from '../../components/when.js';
import { Link } from '../../routing/link.js';
import { ForOperators } from '../../session/who-context.js';

/** A version that waits for people's consent; nothing when none does. */
export function Approval({ status }: { status: ModelStatus }) {
  const [open, setOpen] = useState(false);
  const waiting = status.approval ?? null;
  if (waiting === null) return null;
  const { version, needed, given } = waiting;
  return (
    <Card
      title={`${version} waits for consent`}
      className="card-accent"
      aside={<span className="muted small">{`${given.length} of ${needed}`}</span>}
    >
      <p>
        It passed the gate and goes live once {needed === 1 ? 'somebody has' : `${needed} people have`} consented.{' '}
        <Link to={{ page: 'version', model: status.model, version }}>See how it was judged</Link>
      </p>
      {given.length > 0 && (
        <ul className="lines">
          {given.map(({ actor, reason, at }) => (
            <li key={actor}>
              {actor}, <When at={at} />: {reason}
            </li>
          ))}
        </ul>
      )}
      <ForOperators>
        <div className="canary-actions">
          <Button kind="primary" onClick={() => setOpen(true)}>
            Consent
          </Button>
        </div>
        <ApproveDialog status={status} waiting={waiting} open={open} close={() => setOpen(false)} />
      </ForOperators>
    </Card>
  );
}
