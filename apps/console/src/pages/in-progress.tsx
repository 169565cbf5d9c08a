import type { ModelStatus } from '#contracts/http/models';
import type { RunningCanary } from '#contracts/http/rollout';
import { type InProgress, inProgress } from '#contracts/in-progress';
import { useCanary } from '../api/queries.js';
import { Badge, type BadgeTone } from '../components/badge.js';
import { Card } from '../components/card.js';
import { Link } from '../routing/link.js';

/** Everything that is under way in these models, a line each; nothing when nothing is. */
export function InProgressCard({ title, models }: { title: string; models: readonly ModelStatus[] }) {
  const busy = models.filter((status) => inProgress(status, null).length > 0);
  if (busy.length === 0) return null;
  return (
    <Card title={title} className="card-accent">
      <ul className="lines">
        {busy.map((status) =>
          status.canary === null ? (
            <Lines key={status.model} status={status} canary={null} />
          ) : (
            <LinesOfCanary key={status.model} status={status} />
          ),
        )}
      </ul>
    </Card>
  );
}

/** What it waits for is asked of the canary itself. */
function LinesOfCanary({ status }: { status: ModelStatus }) {
  return <Lines status={status} canary={useCanary(status.model).data?.canary ?? null} />;
}

const TONES: Record<InProgress['kind'], BadgeTone> = {
  'roll-out': 'accent',
  rollback: 'warn',
  rehearsal: 'plain',
  canary: 'accent',
  trial: 'accent',
  consent: 'warn',
};

function Lines({ status, canary }: { status: ModelStatus; canary: RunningCanary | null }) {
  return inProgress(status, canary).map(({ model, kind, from, to, state, next }) => (
    <li key={`${kind} ${to}`} className="line progress-line">
      <div className="line-main">
        <Link to={{ page: 'overview', model }} className="strong">
          {model}
        </Link>{' '}
        <Badge tone={TONES[kind]}>{kind}</Badge> <span className="nowrap">{`${from ?? 'nothing'} → ${to}`}</span>{' '}
        <span className="muted">{state}.</span> {next}
      </div>
    </li>
  ));
}
