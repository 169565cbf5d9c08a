import type { ModelStatus } from '#contracts/http/models';
import { useShadow } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { Facts } from '../../components/facts.js';
import { When } from '../../components/when.js';
import { count, percent } from '../../format/numbers.js';

/** A version that is scored on live traffic without being served; nothing when there is none. */
export function Shadow({ status }: { status: ModelStatus }) {
  return status.shadow ? <Running model={status.model} version={status.shadow.version} /> : null;
}

function Running({ model, version }: { model: string; version: string }) {
  const query = useShadow(model);
  return (
    <Card title={`${version} as a shadow`} aside={<span className="muted small">scored, not served</span>}>
      <Answer query={query} lines={2}>
        {({ shadow }) =>
          shadow === null ? (
            <p className="muted">It has just ended.</p>
          ) : (
            <Facts
              across
              facts={[
                ['Since', <When key="since" at={shadow.since} />],
                ['Tasks', count(shadow.tasks)],
                ['Right about what was done', percent(shadow.accuracy)],
                [`${shadow.live_version ?? 'The live version'} meanwhile`, percent(shadow.live_accuracy)],
                ['Would have done the same', percent(shadow.agreement)],
              ]}
            />
          )
        }
      </Answer>
    </Card>
  );
}
