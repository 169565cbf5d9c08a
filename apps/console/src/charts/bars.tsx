import type { ReactNode } from 'react';

interface Bar {
  name: string;
  value: number;
  label: ReactNode;
}

/** A short list of amounts, each with its bar; the longest fills the row. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(Number.EPSILON, ...bars.map(({ value }) => value));
  return (
    <ol className="bars">
      {bars.map(({ name, value, label }) => (
        <li key={name} className="bar">
          <span className="bar-name" title={name}>
            {name}
          </span>
          <span className="bar-track" aria-hidden="true">
            <span className="bar-fill" style={{ width: `${(100 * value) / most}%` }} />
          </span>
          <span className="bar-value">{label}</span>
        </li>
      ))}
    </ol>
  );
}
