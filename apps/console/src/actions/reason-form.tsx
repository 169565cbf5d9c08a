import { useState } from 'react';
import { CommandForm, type CommandFormProps } from './command-form.js';
import { ReasonField } from './reason-field.js';

interface ReasonFormProps extends Omit<CommandFormProps, 'ready' | 'send'> {
  placeholder: string;
  send: (reason: string) => void;
}

/** The form of a command that takes nothing but a reason; its children say what would follow. */
export function ReasonForm({ children, placeholder, send, ...form }: ReasonFormProps) {
  const [reason, setReason] = useState('');
  return (
    <CommandForm {...form} ready={reason.trim() !== ''} send={() => send(reason.trim())}>
      {children}
      <ReasonField value={reason} change={setReason} placeholder={placeholder} />
    </CommandForm>
  );
}
