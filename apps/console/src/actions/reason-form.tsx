import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../components/button.js';
import { Trouble } from '../components/notice.js';
import { ReasonField } from './reason-field.js';

interface ReasonFormProps {
  /** What would follow, before the reason is asked for. */
  children: ReactNode;
  placeholder: string;
  /** The button that does it, and the one that does not. */
  words: string;
  refusal?: string;
  kind?: 'primary' | 'danger';
  command: { readonly isPending: boolean; readonly error: Error | null };
  send: (reason: string) => void;
  close: () => void;
}

/** The form of a command that takes nothing but a reason. */
export function ReasonForm({
  children,
  placeholder,
  words,
  refusal = 'Cancel',
  kind = 'primary',
  command,
  send,
  close,
}: ReasonFormProps) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <div className="modal-body">
        {children}
        <ReasonField value={reason} change={setReason} placeholder={placeholder} />
        {command.error !== null && <Trouble error={command.error} />}
      </div>
      <footer className="modal-foot">
        <Button onClick={close}>{refusal}</Button>
        <Button kind={kind} type="submit" disabled={reason.trim() === '' || command.isPending}>
          {command.isPending ? 'Sending…' : words}
        </Button>
      </footer>
    </form>
  );
}
