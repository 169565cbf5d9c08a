import { type ReactNode, useId, useState } from 'react';
import { useRelabel } from '../api/commands.js';
import { useAliases } from '../api/queries.js';
import { Modal } from '../components/modal.js';
import { changesNothing, type Labels, type LabelTexts, labelChange, textsOf } from '../state/labels.js';
import { CommandForm } from './command-form.js';

interface LabelsDialogProps {
  model: string;
  version: string;
  labels: Labels;
  open: boolean;
  close: () => void;
}

export function LabelsDialog({ model, version, labels, open, close }: LabelsDialogProps) {
  return (
    <Modal title={`Names and notes of ${version}`} open={open} close={close}>
      <LabelsForm model={model} version={version} labels={labels} close={close} />
    </Modal>
  );
}

function LabelsForm({ model, version, labels, close }: Omit<LabelsDialogProps, 'open'>) {
  // What was there when it was opened is what is changed: news from elsewhere must not undo what is being typed.
  const [before] = useState(labels);
  const [texts, setTexts] = useState<LabelTexts>(textsOf(labels));
  const relabel = useRelabel(model, version);
  const elsewhere = useAliases(model).data ?? [];
  const change = labelChange(before, texts);
  const moved = elsewhere.filter(({ alias, version: at }) => change.setAliases.includes(alias) && at !== version);
  const typed = (part: Partial<LabelTexts>): void => setTexts((now) => ({ ...now, ...part }));
  const send = (): void => {
    relabel.mutate(change, { onSuccess: close });
  };
  return (
    <CommandForm
      words="Save"
      ready={!changesNothing(change) && change.notTags.length === 0}
      command={relabel}
      send={send}
      close={close}
    >
      <Field label="Description" help="What is worth knowing about it, in at most 2,000 characters.">
        {(ids) => (
          <textarea
            {...ids}
            rows={3}
            maxLength={2000}
            value={texts.description}
            onChange={(event) => typed({ description: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Aliases"
        help="Names like champion or candidate, by commas. They stand for this version wherever one is asked for; nothing is deployed by them."
      >
        {(ids) => (
          <input
            {...ids}
            autoComplete="off"
            spellCheck={false}
            value={texts.aliases}
            onChange={(event) => typed({ aliases: event.target.value })}
          />
        )}
      </Field>
      {moved.map(({ alias, version: at }) => (
        <p key={alias} role="status">
          <strong>{alias}</strong> points at {at} now, and will no longer.
        </p>
      ))}
      <Field
        label="Tags"
        help="One a line, like owner=ada."
        problem={change.notTags.length === 0 ? null : `Not like owner=ada: ${change.notTags.join(', ')}`}
      >
        {(ids) => (
          <textarea
            {...ids}
            rows={3}
            spellCheck={false}
            value={texts.tags}
            onChange={(event) => typed({ tags: event.target.value })}
          />
        )}
      </Field>
    </CommandForm>
  );
}

interface FieldProps {
  label: string;
  help: string;
  problem?: string | null;
  children: (ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode;
}

function Field({ label, help, problem = null, children }: FieldProps) {
  const field = useId();
  const below = useId();
  return (
    <div className="field">
      <label htmlFor={field}>{label}</label>
      {children({ id: field, 'aria-describedby': below, 'aria-invalid': problem !== null })}
      <p className={problem === null ? 'field-help' : 'field-problem'} id={below}>
        {problem ?? help}
      </p>
    </div>
  );
}
