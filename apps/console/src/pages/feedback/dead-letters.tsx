import { useQueryClient } from '@tanstack/react-query';
import type { DeadLetterGroup } from '#contracts/http/feedback';
import { isMissing } from '../../api/client.js';
import { useReplay } from '../../api/commands.js';
import { useDeadLetters } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Filtered } from '../../components/filtered.js';
import { Empty, Trouble } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count, plural } from '../../format/numbers.js';
import { ForOperators } from '../../session/who-context.js';
import type { Facet } from '../../state/filtered.js';
import { LetterSearch } from './letter-search.js';

const FACETS: readonly Facet<DeadLetterGroup>[] = [
  { name: 'reason', all: 'Every reason', of: ({ reason }) => reason },
  { name: 'topic', all: 'Every topic', of: ({ topic }) => topic },
];

const words = ({ reason, topic, example }: DeadLetterGroup): string => [reason, topic, example.detail].join(' ');

/** Messages that could not be taken, by reason; left out where the registry has no way to them. */
export function DeadLetters({ model }: { model: string }) {
  const query = useDeadLetters(model);
  if (isMissing(query.error)) return null;
  return (
    <Card title="Dead letters">
      <Answer query={query}>
        {(groups) =>
          groups.length === 0 ? (
            <Empty title="Everything could be read">
              <p>A message that cannot be read would be kept here with the reason, ready to be sent again.</p>
            </Empty>
          ) : (
            <>
              <LetterSearch />
              <Filtered table="letters" what="kinds of messages" rows={groups} facets={FACETS} text={words}>
                {(shown) => (
                  <ul className="letters">
                    {shown.map((group) => (
                      <Group key={`${group.topic} ${group.reason}`} group={group} />
                    ))}
                  </ul>
                )}
              </Filtered>
            </>
          )
        }
      </Answer>
    </Card>
  );
}

function Group({ group }: { group: DeadLetterGroup }) {
  const { reason, topic, waiting, replayed, last_at, example } = group;
  const replay = useReplay();
  const cache = useQueryClient();
  const again = (): void =>
    replay.mutate({ reason, topic }, { onSuccess: () => void cache.invalidateQueries({ queryKey: ['dead-letters'] }) });
  return (
    <li className="letter">
      <div className="letter-head">
        <div>
          <strong>{reason}</strong> <span className="muted">on</span> <code>{topic}</code>
          <p className="muted small">
            {plural(waiting, 'message')} waiting, {count(replayed)} sent again, last <When at={last_at} />
          </p>
        </div>
        <ForOperators>
          <Button small disabled={waiting === 0 || replay.isPending} onClick={again}>
            {replay.isPending ? 'Sending…' : `Send ${waiting === 1 ? 'it' : `all ${count(waiting)}`} again`}
          </Button>
        </ForOperators>
      </div>
      <p>{example.detail}</p>
      <pre className="sample">{example.value}</pre>
      {replay.data !== undefined && (
        <p role="status" className="tone-good">
          {plural(replay.data.replayed, 'message')} sent again to {topic}. What still cannot be read comes back here.
        </p>
      )}
      {replay.error !== null && <Trouble error={replay.error} />}
    </li>
  );
}
