import { useState } from 'react';
import type { DeadLetterGroup } from '#contracts/http/feedback';
import { isMissing } from '../../api/client.js';
import { useDeadLetters } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { Filtered } from '../../components/filtered.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count, plural } from '../../format/numbers.js';
import type { Facet } from '../../state/filtered.js';
import { LetterActions } from './letter-actions.js';
import { LetterSearch } from './letter-search.js';
import { Refusal } from './refusal.js';

const FACETS: readonly Facet<DeadLetterGroup>[] = [
  { name: 'reason', all: 'Every reason', of: ({ reason }) => reason },
  { name: 'topic', all: 'Every topic', of: ({ topic }) => topic },
];

const words = ({ reason, topic, example }: DeadLetterGroup): string => [reason, topic, example.detail].join(' ');

/** Messages that could not be taken, by reason; left out where the registry has no way to them. */
export function DeadLetters({ model }: { model: string }) {
  const query = useDeadLetters(model);
  const [told, setTold] = useState('');
  if (isMissing(query.error)) return null;
  return (
    <Card title="Dead letters">
      {told !== '' && (
        <p role="status" className="tone-good">
          {told}
        </p>
      )}
      <Answer query={query}>
        {(groups) =>
          groups.length === 0 ? (
            <Empty title="Everything could be read">
              <p>A message that cannot be read would be kept here with the reason, ready to be sent again.</p>
            </Empty>
          ) : (
            <>
              <LetterSearch told={setTold} />
              <Filtered table="letters" what="kinds of messages" rows={groups} facets={FACETS} text={words}>
                {(shown) => (
                  <ul className="letters">
                    {shown.map((group) => (
                      <Group key={`${group.topic} ${group.reason}`} group={group} told={setTold} />
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

function Group({ group, told }: { group: DeadLetterGroup; told: (words: string) => void }) {
  const { reason, topic, waiting, replayed, last_at, example } = group;
  return (
    <li className="letter">
      <div className="letter-head">
        <div>
          <strong>{reason}</strong> <span className="muted">on</span> <code>{topic}</code>
          <p className="muted small">
            {plural(waiting, 'message')} waiting, {count(replayed)} sent again, last <When at={last_at} />
          </p>
        </div>
        <LetterActions chosen={{ reason, topic }} waiting={waiting} told={told} />
      </div>
      <Refusal field={example.field} detail={example.detail} />
      <pre className="sample">{example.value}</pre>
    </li>
  );
}
