import { type FormEvent, useId, useState } from 'react';
import { ratchet } from '#contracts/command-line';
import { useDeadLetterSearch } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { When } from '../../components/when.js';

/** Finds refused messages by what stands in them. */
export function LetterSearch() {
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
      {asked !== '' && <Found text={asked} />}
    </>
  );
}

function Found({ text }: { text: string }) {
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
                <p>
                  <strong>{letter.reason}</strong> <span className="muted">on</span> <code>{letter.source.topic}</code>{' '}
                  <span className="muted small">
                    partition {letter.source.partition}, offset {letter.source.offset}, <When at={letter.received_at} />
                  </span>
                </p>
                <p>{letter.detail}</p>
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
