import { TOPICS, type TopicDefinition } from '#contracts/topics';
import { OF_A_REGISTRY } from '#kafka/consume/claims';

/** Who connects to Kafka with a name of their own. */
export const PRINCIPALS = [
  'registry',
  'feedback-ingest',
  'trainer',
  'evaluator',
  'serving',
  'engine',
  'operators',
  'topics',
] as const;
export type Principal = (typeof PRINCIPALS)[number];

/** Who that is, for a reader of the script. */
export const ABOUT: Readonly<Record<Principal, string>> = {
  registry: 'The only one that writes the desired state.',
  'feedback-ingest': 'Writes outcomes, too, where it sends dead letters again.',
  trainer: 'Asks for training itself when a schedule is due.',
  evaluator: 'Asks for training when inputs have drifted.',
  serving: 'Every serving instance.',
  engine: 'The engine whose tasks are decided.',
  operators: 'People and programs that send commands on Kafka, and "ratchet doctor".',
  topics: 'create-topics.js, before services start.',
};

/** As whom the producers and consumers of the topic table connect. The console and the CLI only speak to the registry. */
const CONNECTS_AS: Readonly<Record<string, Principal | null>> = {
  engine: 'engine',
  serving: 'serving',
  'feedback-ingest': 'feedback-ingest',
  trainer: 'trainer',
  'trainer schedule': 'trainer',
  evaluator: 'evaluator',
  registry: 'registry',
  operators: 'operators',
  cli: 'registry',
  console: 'registry',
  alerts: 'registry',
  replay: 'feedback-ingest',
};

type Operation = 'Read' | 'Write' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs';

/** One call of kafka-acls.sh. */
export interface Grant {
  readonly principal: Principal;
  readonly operations: readonly Operation[];
  readonly resource: 'topic' | 'group';
  readonly names: readonly string[];
  /** Whether a name is the beginning of those meant. */
  readonly prefixed?: boolean;
}

/** Groups of those who look whose the topics are. */
const CLAIM = 'ratchet.claim';

/** Consumer groups; those that read as broadcast append something of their own each time. */
const GROUPS: readonly Pick<Grant, 'principal' | 'names' | 'prefixed'>[] = [
  { principal: 'registry', names: ['ratchet-registry', CLAIM], prefixed: true },
  { principal: 'feedback-ingest', names: ['ratchet.feedback-ingest', CLAIM], prefixed: true },
  { principal: 'trainer', names: ['ratchet.trainer', CLAIM], prefixed: true },
  { principal: 'evaluator', names: ['ratchet.evaluator', CLAIM], prefixed: true },
  { principal: 'serving', names: ['serving.'], prefixed: true },
  { principal: 'operators', names: ['operators.'], prefixed: true },
];

/** Services with a database. */
const MAY_CLAIM: ReadonlySet<Principal> = new Set(['registry', 'feedback-ingest', 'trainer', 'evaluator']);

function principalOf(topic: string, party: string): Principal {
  const principal = CONNECTS_AS[party];
  if (!principal) throw new Error(`topic ${topic} names "${party}", and deploy/kafka/acls.ts does not say who that is`);
  return principal;
}

/** The topics that each may read or write. */
function byPrincipal(side: 'producers' | 'consumers'): Map<Principal, string[]> {
  const topics = new Map<Principal, string[]>();
  const table: [string, TopicDefinition][] = Object.entries(TOPICS);
  for (const [name, definition] of table)
    for (const principal of new Set(definition[side].map((party) => principalOf(name, party))))
      topics.set(principal, [...(topics.get(principal) ?? []), name]);
  return topics;
}

/**
 * Everything that may be done, and by whom; what is not here is refused. Reading and writing include describing, and
 * from Kafka 3.0 on writing includes writing idempotently, as all services do. Nobody needs a transactional id: what
 * has to be exactly once is kept so by Postgres.
 */
export function grants(): Grant[] {
  const written = byPrincipal('producers');
  const read = byPrincipal('consumers');
  const all = Object.keys(TOPICS);
  return PRINCIPALS.flatMap((principal): Grant[] => {
    const writes = written.get(principal) ?? [];
    const consumed = read.get(principal) ?? [];
    // Whoever claims the topics looks first whose registry has written them.
    const reads = MAY_CLAIM.has(principal) ? [...new Set([...consumed, ...OF_A_REGISTRY])] : consumed;
    return [
      ...(writes.length === 0 ? [] : [{ principal, operations: ['Write'], resource: 'topic', names: writes } as const]),
      ...(reads.length === 0 ? [] : [{ principal, operations: ['Read'], resource: 'topic', names: reads } as const]),
      ...GROUPS.filter((group) => group.principal === principal).map(
        (group): Grant => ({ ...group, operations: ['Read'], resource: 'group' }),
      ),
      ...(principal === 'operators'
        ? [{ principal, operations: ['Describe', 'DescribeConfigs'], resource: 'topic', names: all } as const]
        : []),
      ...(principal === 'topics'
        ? [
            {
              principal,
              operations: ['Create', 'Describe', 'DescribeConfigs'],
              resource: 'topic',
              names: all,
            } as const,
            // For --release-claim.
            {
              principal,
              operations: ['Delete', 'Write'],
              resource: 'topic',
              names: ['installation.claimed'],
            } as const,
          ]
        : []),
    ];
  });
}
