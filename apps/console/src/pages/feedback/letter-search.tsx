import { type FormEvent, useId, useState } from 'react';
import { ratchet } from '#contracts/command-line';
import { useDeadLetterSearch } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { When } from '../../components/when.js';
import { LetterActions } from './letter-actions.js';
import { Refusal } from './refusal.js';

/** Finds refused messages by what stands in them. */
export function LetterSearch({ told }: { told: (words: string) => void }) {
  const field = useId();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(text.trim());
  };
  return (
    <>
      <search>
        <form className="search" onSubmit={submit}>
          <label htmlFor={field}>Search the messages</label>
          <input
            id={field}
            type="search"
            maxLength={500}
            placeholder="A task, a host, a word of the error"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button small type="submit" disabled={text.trim() === ''}>
            Search
          </Button>
        </form>
      </search>
      {asked !== '' && <Found text={asked} told={told} />}
    </>
  );
}

function Found({ text, told }: { text: string; told: (words: string) => void }) {
  const query = useDeadLetterSearch(text);
  return (
    <Answer query={query} lines={2}>
      {(found) => (
        <>
          <p role="status">
            {found.length === 0
              ? `No refused message holds “${text}”. Upper and lower case differ.`
              : `Messages that hold “${text}”, newest first:`}
          </p>
          <ul className="letters">
            {found.map((letter) => (
              <li key={letter.id} className="letter">
                <div className="letter-head">
                  <p>
                    <strong>{letter.reason}</strong> <span className="muted">on</span>{' '}
                    <code>{letter.source.topic}</code>{' '}
                    <span className="muted small">
                      partition {letter.source.partition}, offset {letter.source.offset},{' '}
                      <When at={letter.received_at} />
                    </span>
                  </p>
                  {letter.replayed_at === null ? (
                    <LetterActions chosen={{ ids: [letter.id] }} waiting={1} told={told} />
                  ) : (
                    <span className="muted small">
                      sent again <When at={letter.replayed_at} />
                    </span>
                  )}
                </div>
                <Refusal field={letter.field} detail={letter.detail} />
                <pre className="sample">{letter.excerpt}</pre>
                <p className="muted small">
                  Whole: <code>npx {ratchet('dlq show', null, letter.id)}</code>
                </p>
              </li>
            ))}
          </ul>
        </>
      )}
    </Answer>
  );
}
