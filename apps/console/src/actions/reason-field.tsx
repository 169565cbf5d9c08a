import { useId } from 'react';

interface ReasonFieldProps {
  value: string;
  change: (value: string) => void;
  placeholder: string;
}

/** Why; kept in the audit log for good, and therefore asked for every time. */
export function ReasonField({ value, change, placeholder }: ReasonFieldProps) {
  const field = useId();
  const help = useId();
  return (
    <div className="field">
      <label htmlFor={field}>Reason</label>
      <textarea
        id={field}
        rows={2}
        required
        maxLength={2000}
        placeholder={placeholder}
        value={value}
        onChange={(event) => change(event.target.value)}
        aria-describedby={help}
      />
      <p className="field-help" id={help}>
        Required. It is kept in the audit log.
      </p>
    </div>
  );
}
