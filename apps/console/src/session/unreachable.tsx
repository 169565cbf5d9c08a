import { ratchet } from '#contracts/command-line';
import { Button } from '../components/button.js';
import { Mark } from '../components/icons.js';

interface UnreachableProps {
  detail: string | null;
  tryAgain: () => void;
}

/** Instead of the page while the registry cannot say whose token it is. */
export function Unreachable({ detail, tryAgain }: UnreachableProps) {
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Mark size={32} />
        <h1>{detail === null ? 'The registry does not answer' : 'The registry cannot answer now'}</h1>
        <div role="alert" className="unreachable">
          <p>{detail ?? `Nothing answers at ${window.location.host}.`}</p>
          <p className="muted">
            {detail === null && (
              <>
                Locally, <code>npm start</code> starts it.{' '}
              </>
            )}
            <code>npx {ratchet('doctor', null)}</code> says what is wrong. You stay signed in.
          </p>
        </div>
        <Button kind="primary" onClick={tryAgain}>
          Try again
        </Button>
      </div>
    </main>
  );
}
