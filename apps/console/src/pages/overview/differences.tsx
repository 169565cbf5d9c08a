import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReconcileBody, Reconciliation } from '#contracts/http/reconciliation';
import { ReasonForm } from '../../actions/reason-form.js';
import { useReconcile } from '../../api/commands.js';
import { useReconciliations } from '../../api/queries.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Modal } from '../../components/modal.js';
import { When } from '../../components/when.js';
import { ForOperators } from '../../session/who-context.js';

type Decision = ReconcileBody['decision'];

const DECISIONS: Readonly<Record<Decision, { button: string; title: string; placeholder: string }>> = {
  keep: {
    button: 'Keep what is live',
    title: 'Keep what is live',
    placeholder: 'The deployment of last night was good',
  },
  restore: {
    button: 'Restore what was known',
    title: 'Restore what the registry had decided',
    placeholder: 'It was rolled back after the backup',
  },
};

/** What was known is live again where it was restored: both decisions would leave it so, and one closes the finding. */
const SEEN = {
  button: 'I have seen it',
  title: 'Close the finding',
  placeholder: 'A program that was tried out on the wrong Kafka',
};

const choicesOf = ({ outcome }: Reconciliation): readonly Decision[] =>
  outcome === 'restored' ? ['keep'] : ['keep', 'restore'];

const wordsOf = ({ outcome }: Reconciliation, decision: Decision) =>
  outcome === 'restored' ? SEEN : DECISIONS[decision];

/** What `ratchet reconcile` lists and waits for a person; left out while nothing waits. */
export function Differences({ model }: { model: string }) {
  const waiting = (useReconciliations(model).data ?? []).filter(({ decision }) => decision === null);
  if (waiting.length === 0) return null;
  return (
    <Card title="Yours to decide">
      <ul className="letters">
        {waiting.map((finding) => (
          <Finding key={finding.reconciliation_id} finding={finding} />
        ))}
      </ul>
    </Card>
  );
}

function Finding({ finding }: { finding: Reconciliation }) {
  const { outcome, detail, found_at } = finding;
  const [open, setOpen] = useState<Decision | null>(null);
  return (
    <li className="letter">
      <div className="letter-head">
        <div>
          <strong>
            {outcome === 'adopted'
              ? 'Another history is live'
              : 'Another history was found, and what you had decided holds'}
          </strong>
          <p className="muted small">
            found <When at={found_at} />
          </p>
        </div>
        <ForOperators>
          <div className="canary-actions">
            {choicesOf(finding).map((decision) => (
              <Button key={decision} small onClick={() => setOpen(decision)}>
                {wordsOf(finding, decision).button}
              </Button>
            ))}
          </div>
        </ForOperators>
      </div>
      <p>{detail}</p>
      {open !== null && <Decide finding={finding} decision={open} close={() => setOpen(null)} />}
    </li>
  );
}

function Decide({ finding, decision, close }: { finding: Reconciliation; decision: Decision; close: () => void }) {
  const { model, reconciliation_id, detail } = finding;
  const reconcile = useReconcile(model, reconciliation_id);
  const cache = useQueryClient();
  const { title, button, placeholder } = wordsOf(finding, decision);
  const send = (reason: string): void =>
    reconcile.mutate(
      { decision, reason },
      {
        onSuccess: () => {
          void cache.invalidateQueries();
          close();
        },
      },
    );
  return (
    <Modal title={title} open close={close}>
      <ReasonForm placeholder={placeholder} words={button} command={reconcile} send={send} close={close}>
        <p>{detail}</p>
      </ReasonForm>
    </Modal>
  );
}
