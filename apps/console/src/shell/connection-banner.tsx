import { useStreamState } from '../api/use-live-updates.js';
import { useNotRenewed } from '../api/use-not-renewed.js';
import { clock } from '../format/time.js';

/** Says that what is shown may be old, for as long as that is so. */
export function ConnectionBanner() {
  const state = useStreamState();
  const old = useNotRenewed();
  return (
    <div className="connection" role="status">
      {state.kind === 'lost' && (
        <p className="banner">
          <span className="pulse" aria-hidden="true" />
          Reconnecting. What is shown is from {clock(state.since)}; it is renewed once the registry answers again.
        </p>
      )}
      {state.kind !== 'lost' && old !== null && (
        <p className="banner">
          <span className="pulse" aria-hidden="true" />
          Not renewed since {clock(old.since)}, and asked for again by itself. {old.detail}
        </p>
      )}
    </div>
  );
}
