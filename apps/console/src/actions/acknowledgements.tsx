import type { Deployment } from '#contracts/http/deployments';
import { milliseconds } from '../format/numbers.js';

type Acknowledgement = Deployment['instances'][number];

const WORDS: Record<Acknowledgement['state'], string> = {
  waiting: 'waiting for it',
  loaded: 'loaded and verified',
  activated: 'answers with it',
  failed: 'could not follow',
};

/** Every instance, how far it is, and how long it took from the command. */
export function Acknowledgements({ deployment }: { deployment: Deployment }) {
  if (deployment.instances.length === 0) return <p className="muted">No instance has to acknowledge it.</p>;
  return (
    <ul className="acks" aria-live="polite">
      {deployment.instances.map(({ instance, state, milliseconds: ms, detail }) => (
        <li key={instance} className={`ack ack-${state}`}>
          <span className="ack-dot" aria-hidden="true" />
          <span className="ack-name">{instance}</span>
          <span className="ack-state">{detail === null ? WORDS[state] : `${WORDS[state]}: ${detail}`}</span>
          <span className="ack-time">{ms === null ? '' : milliseconds(ms)}</span>
        </li>
      ))}
    </ul>
  );
}
