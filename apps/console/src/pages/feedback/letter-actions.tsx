import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReplayBody } from '#contracts/http/feedback';
import { ReasonForm } from '../../actions/reason-form.js';
import { useDrop, useReplay } from '../../api/commands.js';
import { Button } from '../../components/button.js';
import { Modal } from '../../components/modal.js';
import { plural } from '../../format/numbers.js';
import { ForOperators } from '../../session/who-context.js';

type Decision = 'replay' | 'drop';

interface LettersChosen {
  /** Which, as the API takes it. */
  chosen: Omit<ReplayBody, 'why'>;
  waiting: number;
}

/** Sends refused messages again, or forgets them: each asks for a reason first, which the audit log keeps. */
export function LetterActions({ chosen, waiting, told }: LettersChosen & { told: (words: string) => void }) {
  const [open, setOpen] = useState<Decision | null>(null);
  // Whoever is just deciding goes on where somebody else was faster.
  if (waiting === 0 && open === null) return null;
  const which = waiting === 1 ? 'it' : `all ${waiting.toLocaleString('en-US')}`;
  return (
    <ForOperators>
      <div className="letter-actions">
        <Button small onClick={() => setOpen('replay')}>
          Send {which} again
        </Button>
        <Button small onClick={() => setOpen('drop')}>
          Drop {which}
        </Button>
      </div>
      {open !== null && (
        <Decide chosen={chosen} waiting={waiting} decision={open} told={told} close={() => setOpen(null)} />
      )}
    </ForOperators>
  );
}

function Decide({
  chosen,
  waiting,
  decision,
  told,
  close,
}: LettersChosen & { decision: Decision; told: (words: string) => void; close: () => void }) {
  const replay = useReplay();
  const drop = useDrop();
  const cache = useQueryClient();
  const messages = plural(waiting, 'refused message');
  const done = (words: string): void => {
    for (const stale of ['dead-letters', 'audit', 'model', 'models'])
      void cache.invalidateQueries({ queryKey: [stale] });
    told(words);
    close();
  };
  if (decision === 'drop')
    return (
      <Modal title={`Drop ${messages}`} open close={close}>
        <ReasonForm
          placeholder="An engine that is gone; nobody will mend them"
          words="Drop for good"
          command={drop}
          send={(why) =>
            drop.mutate(
              { ...chosen, why },
              { onSuccess: ({ dropped }) => done(`${plural(dropped, 'message')} dropped for good.`) },
            )
          }
          close={close}
        >
          <p>{waiting === 1 ? 'It is' : 'They are'} deleted, bytes and all. There is no way back.</p>
        </ReasonForm>
      </Modal>
    );
  return (
    <Modal title={`Send ${messages} again`} open close={close}>
      <ReasonForm
        placeholder="The definition knows the action now"
        words="Send again"
        command={replay}
        send={(why) =>
          replay.mutate(
            { ...chosen, why },
            {
              onSuccess: ({ replayed }) =>
                done(`${plural(replayed, 'message')} sent again. What still cannot be read comes back here.`),
            },
          )
        }
        close={close}
      >
        <p>
          {waiting === 1 ? 'It goes to the topic it' : 'They go to the topics they'} came from, byte for byte. What was
          taken meanwhile is recognised; what is still wrong becomes a message of its own.
        </p>
      </ReasonForm>
    </Modal>
  );
}
