import { describeAlert } from '#contracts/alerts';
import type { Alert } from '#contracts/http/models';
import { Card } from '../../components/card.js';
import { Filtered } from '../../components/filtered.js';
import { WarningIcon } from '../../components/icons.js';
import { When } from '../../components/when.js';
import type { Facet } from '../../state/filtered.js';

const FACETS: readonly Facet<Alert>[] = [{ name: 'alert', all: 'Every alert', of: ({ alert }) => alert }];

const words = ({ alert, detail }: Alert): string => `${alert} ${detail}`;

/** What to type; what shows the same here is on this page. */
function Help({ alert, model }: Pick<Alert, 'alert' | 'model'>) {
  const { words, command } = describeAlert(alert).help;
  return (
    <p className="muted small">
      {words}: <code>npx {command(model)}</code>
    </p>
  );
}

export function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <Card title={alerts.length === 1 ? 'Open alert' : 'Open alerts'} className="card-bad">
      <Filtered table="alerts" what="alerts" rows={alerts} facets={FACETS} text={words}>
        {(shown) => (
          <ul className="alerts">
            {shown.map(({ alert, since, detail, model }) => (
              <li key={`${alert} ${since}`}>
                <WarningIcon />
                <div>
                  <strong>{alert}</strong> <span className="muted">since</span> <When at={since} />
                  <p>{detail}</p>
                  <Help alert={alert} model={model} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </Filtered>
    </Card>
  );
}
