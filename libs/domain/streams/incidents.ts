/** What happened to a partition, as far as people are told. */
export interface ToldIncident {
  readonly kind: 'remade' | 'truncated' | 'lost';
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** The details of the alerts that are open because of these; null where there is nothing to tell. */
export interface StreamAlerts {
  readonly 'feedback-lost': string | null;
  readonly 'topic-remade': string | null;
}

const MOST_PLACES = 8;

/** Every topic in a sentence, in the order of their names. */
export function streamAlerts(incidents: readonly ToldIncident[]): StreamAlerts {
  const topics = [...new Set(incidents.map(({ topic }) => topic))].sort();
  const sentences = (kinds: readonly ToldIncident['kind'][], sentence: (of: readonly ToldIncident[]) => string) => {
    const told = topics.flatMap((topic) => {
      const mine = incidents
        .filter((one) => one.topic === topic && kinds.includes(one.kind))
        .sort((a, b) => a.partition - b.partition);
      return mine.length === 0 ? [] : [sentence(mine)];
    });
    return told.length === 0 ? null : told.join(' ');
  };
  return {
    'feedback-lost': sentences(['lost'], lost),
    'topic-remade': sentences(['remade', 'truncated'], again),
  };
}

function lost(incidents: readonly ToldIncident[]): string {
  const messages = incidents.reduce((sum, { from, to }) => sum + (to - from), 0n);
  return `${messages} messages of ${incidents[0]?.topic} were removed by retention before they were read (${places(incidents)}).`;
}

function again(incidents: readonly ToldIncident[]): string {
  const what = incidents.some(({ kind }) => kind === 'remade') ? 'is another topic of the same name' : 'lost its end';
  return `${incidents[0]?.topic} ${what}: it is read from its beginning, and what was stored before is recognised (${places(incidents)}).`;
}

function places(incidents: readonly ToldIncident[]): string {
  const told = incidents
    .slice(0, MOST_PLACES)
    .map(({ kind, partition, from, to }) =>
      kind === 'lost' ? `partition ${partition}: ${from} to ${to - 1n}` : `partition ${partition} was at ${from}`,
    );
  const more = incidents.length - told.length;
  return more > 0 ? `${told.join(', ')}, and ${more} more` : told.join(', ');
}
