import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ratchet } from '#contracts/command-line';
import { Button } from '../components/button.js';
import { Mark } from '../components/icons.js';
import { focusNextPage } from '../pages/page-head.js';

interface SignInProps {
  /** Why the last token was not taken, or null. */
  refused: string | null;
  busy: boolean;
  signIn: (token: string) => void;
}

export function SignIn({ refused, busy, signIn }: SignInProps) {
  const [token, setToken] = useState('');
  const field = useId();
  const help = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() === '') return;
    focusNextPage();
    signIn(token.trim());
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={submit}>
        <Mark size={32} />
        <h1>Sign in to Ratchet</h1>
        <div className="field">
          <label htmlFor={field}>Token</label>
          <input
            ref={input}
            id={field}
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
            aria-describedby={help}
            aria-invalid={refused !== null}
          />
          {refused !== null && (
            <p className="field-problem" role="alert">
              {refused}
            </p>
          )}
          <p className="field-help" id={help}>
            On the machine that runs the stack it is in <code>.ratchet/token</code>. An admin makes one for you with{' '}
            <code>npx {ratchet('token create', null, '--role viewer --name NAME')}</code>.
          </p>
        </div>
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}
