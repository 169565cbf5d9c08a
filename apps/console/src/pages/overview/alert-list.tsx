import type { Alert } from '#contracts/http/models';
import { Card } from '../../components/card.js';
import { WarningIcon } from '../../components/icons.js';
import { When } from '../../components/when.js';

export function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <Card title={alerts.length === 1 ? 'Open alert' : 'Open alerts'} className="card-bad">
      <ul className="alerts">
        {alerts.map(({ alert, since, detail }) => (
          <li key={`${alert} ${since}`}>
            <WarningIcon />
            <div>
              <strong>{alert}</strong> <span className="muted">since</span> <When at={since} />
              <p>{detail}</p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
