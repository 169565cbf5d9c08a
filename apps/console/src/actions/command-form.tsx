import type { FormEvent, ReactNode } from 'react';
import { Button } from '../components/button.js';
import { Trouble } from '../components/notice.js';

export interface CommandFormProps {
  children: ReactNode;
  /** The button that does it, and the one that does not. */
  words: string;
  refusal?: string;
  kind?: 'primary' | 'danger';
  /** Whether everything is filled in. */
  ready: boolean;
  command: { readonly isPending: boolean; readonly error: Error | null };
  send: () => void;
  close: () => void;
}

/** The form in a dialog that sends a command, says what is wrong with it, and cannot send it twice. */
export function CommandForm({
  children,
  words,
  refusal = 'Cancel',
  kind = 'primary',
  ready,
  command,
  send,
  close,
}: CommandFormProps) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  return (
    <form onSubmit={submit}>
      <div className="modal-body">
        {children}
        {command.error !== null && <Trouble error={command.error} />}
      </div>
      <footer className="modal-foot">
        <Button onClick={close}>{refusal}</Button>
        <Button kind={kind} type="submit" disabled={!ready || command.isPending}>
          {command.isPending ? 'Sending…' : words}
        </Button>
      </footer>
    </form>
  );
}
