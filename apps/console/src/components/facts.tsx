import type { ReactNode } from 'react';

interface FactsProps {
  facts: readonly (readonly [string, ReactNode])[];
  /** Next to each other, each value under its name; else one a line. */
  across?: boolean;
}

/** Names and values. */
export function Facts({ facts, across = false }: FactsProps) {
  return (
    <dl className={across ? 'facts-across' : 'facts'}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
